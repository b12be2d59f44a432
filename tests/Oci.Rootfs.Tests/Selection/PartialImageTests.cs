using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Tests.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Selection;

/// <summary>What <c>docker save</c> makes of an image of which it has some platforms only: the whole index, and their blobs.</summary>
public sealed class PartialImageTests
{
    private static readonly Image[] All = [.. new[] { "linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x", "linux/riscv64" }.Select(static p => Image.Of(Tars.Of(Tars.File(p))).For(p))];

    /// <summary>Of amd64 and arm64 everything; of arm all but the layer; of s390x all but the config; of riscv64 nothing.</summary>
    private static ImageLayout Partial()
    {
        ImageLayout layout = ImageLayout.Of(new ImageIndex(All) { Tag = "v1" });
        layout.Remove(All[2].Layers[0].DiffId).Remove(All[3].ConfigDigest).Remove(All[4].Digest);
        return layout;
    }

    [Theory]
    [InlineData("linux/arm/v7")]
    [InlineData("linux/s390x")]
    [InlineData("linux/riscv64")]
    public void A_platform_whose_blobs_are_missing_is_an_error_that_says_what_is_there(string platform)
    {
        OciException e = Error("OCI2025", () => Opened.Load(Partial(), platform));
        Assert.Equal(platform, e.Expected);
        Assert.Equal($"the blobs of v1 linux/amd64 {All[0].Digest}; v1 linux/arm64 {All[1].Digest}", e.Found);
    }

    [Fact]
    public void A_blob_of_the_only_image_is_just_missing() => Error("OCI1011", () => Opened.Load(All[0].ToLayout().Remove(All[0].ConfigDigest)));

    [Fact]
    public void An_image_that_is_damaged_is_not_offered()
    {
        ImageLayout layout = Partial().Forge(All[1].Digest, [1]);
        Assert.Equal($"the blobs of v1 linux/amd64 {All[0].Digest}", Error("OCI2025", () => Opened.Load(layout, "linux/s390x")).Found);
    }

    [Fact]
    public void All_platforms_are_those_that_are_there_with_a_warning_for_each_that_is_not()
    {
        using Opened opened = new(Partial());

        IReadOnlyList<PlatformImage> images = ImageSelector.SelectAll(opened.Source, null, opened.Context);

        Assert.Equal(["linux-amd64", "linux-arm64"], images.Select(static i => i.Name));
        string[] warnings = [.. opened.Messages.Where(static m => m.Code == "OCI2026").Select(static m => m.Text)];
        Assert.Equal(3, warnings.Length);
        Assert.All(All[2..], image => Assert.Single(warnings, w => w.Contains($"lists {image.Platform}, ", StringComparison.Ordinal)));
    }

    [Fact]
    public void All_platforms_of_an_image_of_which_none_is_there_are_an_error()
    {
        ImageLayout layout = Partial().Remove(All[0].Digest).Remove(All[1].Digest);
        using Opened opened = new(layout);
        Error("OCI1011", () => ImageSelector.SelectAll(opened.Source, null, opened.Context));
    }

    [Fact]
    public void A_platform_that_only_an_absent_config_would_say_is_told_too()
    {
        Image silent = Image.Of(Tars.Of(Tars.File("s"))).For("linux/386", inIndex: false);
        using Opened opened = new(ImageLayout.Of(All[0], silent).Remove(silent.ConfigDigest));

        Assert.Single(ImageSelector.SelectAll(opened.Source, null, opened.Context));

        Assert.Contains(silent.Digest, Assert.Single(opened.Messages, static m => m.Code == "OCI2026").Text, StringComparison.Ordinal);
        Assert.Equal(All[0].Digest, opened.Load().Manifest.Digest.ToString());
    }

    [Fact]
    public void A_listing_says_which_platforms_lack_blobs()
    {
        using Opened opened = new(Partial());

        RootfsListing listing = ImageLister.List(opened.Source, "all", null, opened.Context);

        Assert.Equal([true, true, false, false, false], listing.Images.Select(static i => i.Problem is null));
        Assert.Equal([true, true, false, false, false], listing.Images.Select(static i => i.Chosen));
        Assert.All(listing.Images.Skip(2), static i => Assert.StartsWith("OCI1011: ", i.Problem, StringComparison.Ordinal));
        Assert.Contains("1 of 2 blobs", listing.Images[2].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false, "linux/arm64")]
    [InlineData("linux/arm64", false, "linux/arm64")]
    [InlineData("linux/arm64", true, null)]
    public void What_was_asked_for_is_known_where_the_index_does_not_answer_it(string? platform, bool inIndex, string? expected)
    {
        using Opened opened = new(All[1].For(platform, inIndex).ToLayout());
        Assert.Equal(expected, opened.Select("linux/aarch64").AskedPlatform?.ToString());
    }
}
