using System.Collections;
using Oci.Rootfs;

namespace Oci.Build.Tasks.Tests;

/// <summary>The references in a listing. Each one must choose its image, and no other.</summary>
public sealed class ListedReferencesTests
{
    [Fact]
    public void A_name_that_only_one_image_has_chooses_it() => Assert.Equal(["a", "b"], Of(Image("1", "linux/amd64", "a"), Image("2", "linux/amd64", "b")));

    [Fact]
    public void A_name_that_two_images_of_one_platform_have_chooses_neither() =>
        Assert.Equal(["one", "sha256:2"], Of(Image("1", "linux/amd64", "both", "one"), Image("2", "linux/amd64", "both")));

    [Fact]
    public void A_name_that_images_of_other_platforms_have_too_chooses_with_the_platform() =>
        Assert.Equal(["v1", "v1", "v1"], Of(Image("1", "linux/amd64", "v1"), Image("2", "linux/arm64", "v1"), Image("3", null, "v1")));

    [Fact]
    public void A_name_that_would_be_taken_for_a_digest_chooses_nothing() =>
        Assert.Equal(["sha256:1", "sha256:2", "sha256:3", "sha256:4"], Of(Image("1", null, "a@b"), Image("2", null, "sha256:x"), Image("3", null, "sha512:x"), Image("4", null)));

    [Fact]
    public void A_name_that_an_image_has_twice_is_its_own() => Assert.Equal(["a"], Of(Image("1", null, "a", "a")));

    [Fact]
    public void However_many_images_there_are_the_names_of_each_are_looked_through_twice()
    {
        CountedList[] names = [.. Enumerable.Range(0, 100).Select(static _ => new CountedList("shared", "names"))];

        ListedReferences.Of(Listing([.. names.Select(static n => Image("1", null) with { References = n })]));

        Assert.All(names, static n => Assert.Equal(2, n.LookedThrough));
    }

    private static IReadOnlyList<string> Of(params RootfsListedImage[] images) => ListedReferences.Of(Listing(images));

    private static RootfsListing Listing(RootfsListedImage[] images) => new() { Images = images, OtherMediaTypes = [] };

    private static RootfsListedImage Image(string digest, string? platform, params string[] names) => new() { References = names, Platform = platform, ManifestDigest = "sha256:" + digest };

    private sealed class CountedList(params string[] names) : IReadOnlyList<string>
    {
        public int LookedThrough { get; private set; }

        public int Count => names.Length;

        public string this[int index] => names[index];

        public IEnumerator<string> GetEnumerator()
        {
            LookedThrough++;
            return names.AsEnumerable().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
