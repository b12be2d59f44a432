using Oci.Rootfs;

namespace Oci.Build.Tasks.Tests;

/// <summary>People read a listing in a log. It must be short for every image, and have no command to a build server in it.</summary>
public sealed class ListingTextTests
{
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private static RootfsListedImage Image => new() { References = [], ManifestDigest = Digest };

    private static string Text(params RootfsListedImage[] images)
    {
        RootfsListing listing = new() { Images = images, OtherMediaTypes = [] };
        return ListingText.Of("app.tar", listing, ListedReferences.Of(listing));
    }

    [Fact]
    public void A_listing_of_very_much_is_cut()
    {
        string text = Text([.. Enumerable.Repeat(Image with { Layers = [.. Enumerable.Repeat(new RootfsLayer(Digest, "", new string('é', 5000), 1), 400)] }, 1000)]);

        Assert.True(text.Length < 1 << 20, $"{text.Length} characters");
        Assert.Matches("and [0-9]+ more images, which the task's output Manifests lists$", text);
    }

    [Fact]
    public void Long_and_many_names_are_cut()
    {
        string name = new('n', 1 << 20);
        string text = Text(Image with { References = [name, .. Enumerable.Repeat("again", 100_000)], Platform = "linux/" + name, OsVersion = name, OsFeatures = [.. Enumerable.Repeat(name, 30)] });

        Assert.True(text.Length < 20_000, $"{text.Length} characters");
        Assert.Contains("Reference=\"again\" />", text, StringComparison.Ordinal);
        Assert.Contains(", and 99981 more", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_too_long_to_paste_is_the_digest() =>
        Assert.Contains($"Reference=\"{Digest}\" />", Text(Image with { References = [new string('n', 5000)] }), StringComparison.Ordinal);

    [Fact]
    public void Commands_to_build_servers_are_none_in_a_listing()
    {
        const string command = "##vso[task.complete result=Succeeded]";
        string text = Text(Image with { References = [command, command + "2"], Platform = "linux/" + command, OsVersion = command, OsFeatures = [command], Layers = [new RootfsLayer(Digest, "", command, 1)] });

        Assert.DoesNotContain("##", text, StringComparison.Ordinal);
        Assert.Contains("#%23vso", text, StringComparison.Ordinal);
    }
}
