using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Tests.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Selection;

public sealed class ImageSelectorTests
{
    private const string IndexType = "application/vnd.oci.image.index.v1+json";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private static readonly string Absent = "sha256:" + new string('a', 64);
    private static readonly Image A = Image.Of(Tars.Of(Tars.File("a"))).For("linux/amd64");
    private static readonly Image B = Image.Of(Tars.Of(Tars.File("b"))).For("linux/amd64");
    private static readonly Image Arm = Image.Of(Tars.Of(Tars.File("arm"))).For("linux/arm64");

    private static string Chosen(ImageLayout layout, string? platform = "linux/amd64", string? reference = null) => Opened.Load(layout, platform, reference).Manifest.Digest.ToString();

    [Fact]
    public void The_only_image_is_chosen() => Assert.Equal(A.Digest, Chosen(A.ToLayout()));

    [Fact]
    public void The_only_image_without_a_platform_in_the_index_is_judged_by_its_config_rule_94()
    {
        Image silent = Arm.For("linux/arm64", inIndex: false);
        Assert.Equal(silent.Digest, Chosen(silent.ToLayout(), "linux/arm64"));
        OciException e = Error("OCI2001", () => Chosen(silent.ToLayout()));
        Assert.Equal("linux/amd64", e.Expected);
        Assert.Equal($"linux/arm64 {silent.Digest}", e.Found);
    }

    [Fact]
    public void The_only_image_of_another_platform_is_an_error_that_says_what_there_is()
    {
        OciException e = Error("OCI2001", () => Chosen(ImageLayout.Of(Arm.Tagged("v1"))));
        Assert.Equal($"v1 linux/arm64 {Arm.Digest}", e.Found);
    }

    [Fact]
    public void Of_several_platforms_the_one_asked_for_is_chosen()
    {
        ImageLayout layout = ImageLayout.Of(Arm, A, Arm.For("linux/arm/v7"), A.For("windows/amd64"));
        Assert.Equal(A.Digest, Chosen(layout));
        Assert.Equal(Arm.Digest, Chosen(layout, "linux/aarch64"));
        Assert.Equal(A.For("windows/amd64").Digest, Chosen(layout, "windows/amd64"));
    }

    [Fact]
    public void The_exact_variant_hides_the_nearest_fallback_rule_92()
    {
        Image v6 = Arm.For("linux/arm/v6");
        Image v7 = Arm.For("linux/arm/v7");
        Assert.Equal(v7.Digest, Chosen(ImageLayout.Of(v6, v7), "linux/arm/v7"));
        Assert.Equal(v6.Digest, Chosen(ImageLayout.Of(Arm.For("linux/arm/v5"), v6), "linux/arm/v7"));
    }

    [Fact]
    public void A_better_platform_hides_other_names_rule_92()
    {
        ImageLayout layout = ImageLayout.Of(A.Tagged("x86"), Arm.Tagged("arm"));
        Assert.Equal(A.Digest, Chosen(layout));
    }

    [Fact]
    public void One_name_for_several_platforms_is_fine_rule_92()
    {
        ImageLayout layout = ImageLayout.Of(A.Tagged("v1"), Arm.Tagged("v1"));
        Assert.Equal(Arm.Digest, Chosen(layout, "linux/arm64", "v1"));
        Assert.Equal(A.Digest, Chosen(layout));
    }

    [Fact]
    public void Several_names_for_one_digest_are_fine_rule_92()
    {
        ImageLayout layout = ImageLayout.Of(A.Tagged("v1"), A.Tagged("latest"));
        Assert.Equal(A.Digest, Chosen(layout));
        Assert.Equal(A.Digest, Chosen(layout, reference: "latest"));
    }

    [Fact]
    public void Several_names_for_different_digests_are_an_error_that_lists_them_rule_92()
    {
        OciException e = Error("OCI2003", () => Chosen(ImageLayout.Of(A.Tagged("v1"), B.Tagged("v2"), Arm.Tagged("v3"))));
        Assert.Equal($"v1 linux/amd64 {A.Digest}; v2 linux/amd64 {B.Digest}", e.Found);
    }

    [Fact]
    public void Several_unnamed_images_that_fit_equally_give_the_first_with_a_warning_rule_92()
    {
        using Opened opened = new(ImageLayout.Of(B, A));
        Assert.Equal(B.Digest, opened.Load().Manifest.Digest.ToString());
        Assert.Equal(["OCI2006"], opened.Warnings);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("docker.io/library/app:v1")]
    [InlineData("app:v1")]
    [InlineData("library/app:v1")]
    public void A_reference_is_a_tag_a_full_name_or_dockers_short_form(string reference)
    {
        Image named = A with { Tag = "v1", FullName = "docker.io/library/app:v1" };
        Image other = B with { Tag = "v2", FullName = "docker.io/library/app:v2" };
        Assert.Equal(A.Digest, Chosen(ImageLayout.Of(other, named), reference: reference));
    }

    [Fact]
    public void A_name_that_fits_as_it_stands_is_better_than_one_that_fits_by_its_tag()
    {
        ImageLayout layout = ImageLayout.Of(A with { FullName = "example.org/a:v1" }, B.Tagged("v1"));
        Assert.Equal(B.Digest, Chosen(layout, reference: "v1"));
        Assert.Equal(A.Digest, Chosen(layout, reference: "example.org/a:v1"));
    }

    [Fact]
    public void An_unknown_reference_is_an_error_that_lists_what_there_is()
    {
        OciException e = Error("OCI2002", () => Chosen(ImageLayout.Of(A.Tagged("v1"), Arm), reference: "v2"));
        Assert.Equal("v2", e.Expected);
        Assert.Equal($"v1 linux/amd64 {A.Digest}; linux/arm64 {Arm.Digest}", e.Found);
    }

    [Fact]
    public void A_manifest_is_chosen_by_its_digest_wherever_it_stands_and_whatever_its_platform()
    {
        ImageLayout layout = ImageLayout.Of(A.Tagged("v1"), new ImageIndex(B, new ImageIndex(Arm)) { Tag = "v2" });
        Assert.Equal(B.Digest, Chosen(layout, null, B.Digest));
        Assert.Equal(Arm.Digest, Chosen(layout, null, Arm.Digest));
        Assert.Equal(Arm.Digest, Chosen(layout, null, "example.org/app@" + Arm.Digest));
        Error("OCI2001", () => Chosen(layout, "linux/amd64", Arm.Digest));
    }

    [Fact]
    public void An_index_is_chosen_by_its_digest_and_the_platform_chooses_in_it()
    {
        ImageIndex index = new(Arm, B);
        ImageLayout layout = ImageLayout.Of(A, index);
        string digest = ImageLayout.Of(index).Files.Keys.Select(static f => "sha256:" + f.Split('/')[^1]).Single(d => d != A.Digest && layout.Files.ContainsKey(ImageLayout.Path(d))
            && System.Text.Encoding.UTF8.GetString(layout.Files[ImageLayout.Path(d)]).Contains("\"manifests\"", StringComparison.Ordinal));
        Assert.Equal(B.Digest, Chosen(layout, reference: digest));
        Assert.Equal(Arm.Digest, Chosen(layout, "linux/arm64", digest));
    }

    [Theory]
    [InlineData("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("app@sha256:../../x")]
    public void A_reference_that_is_a_broken_digest_is_an_error(string reference) => Error("OCI2013", () => Chosen(A.ToLayout(), reference: reference));

    [Fact]
    public void The_name_of_an_index_is_the_name_of_what_is_in_it()
    {
        ImageLayout layout = ImageLayout.Of(new ImageIndex(A, Arm) { Tag = "v1" }, new ImageIndex(B) { Tag = "v2" });
        Assert.Equal(A.Digest, Chosen(layout, reference: "v1"));
        Assert.Equal(Arm.Digest, Chosen(layout, "linux/arm64"));
        Error("OCI2003", () => Chosen(layout));
    }

    [Fact]
    public void An_index_that_another_name_is_asked_for_is_not_opened()
    {
        ImageLayout layout = ImageLayout.Of(new ImageIndex { Text = "not JSON", Tag = "broken" }, A.Tagged("v1"));
        Assert.Equal(A.Digest, Chosen(layout, reference: "v1"));
        Error("OCI2010", () => Chosen(layout));
    }

    [Fact]
    public void Unknown_media_types_and_absent_blobs_that_are_not_chosen_are_skipped_rule_93()
    {
        ImageLayout layout = ImageLayout.Of(
            new ImageDescriptor("application/vnd.example+json", Absent),
            new ImageDescriptor(IndexType, Absent),
            new ImageDescriptor(ManifestType, Absent) { EditDescriptor = static d => d["platform"] = new System.Text.Json.Nodes.JsonObject { ["os"] = "linux", ["architecture"] = "s390x" } },
            new ImageDescriptor(ManifestType, Absent),
            A);
        Assert.Equal(A.Digest, Chosen(layout));
        Error("OCI2025", () => Chosen(layout, "linux/s390x"));
    }

    [Fact]
    public void Attestations_are_skipped_rule_93()
    {
        Image unknown = B.For("unknown/unknown");
        Image annotated = B.For(null) with { EditDescriptor = static d => d["annotations"] = new System.Text.Json.Nodes.JsonObject { ["vnd.docker.reference.type"] = "attestation-manifest" } };
        using Opened opened = new(ImageLayout.Of(unknown, annotated, new ImageIndex(A, unknown)));
        Assert.Equal(A.Digest, opened.Load().Manifest.Digest.ToString());
        Assert.Empty(opened.Warnings);
    }

    [Fact]
    public void Platforms_that_the_index_leaves_out_are_read_from_the_configs_rule_94()
    {
        ImageLayout layout = ImageLayout.Of(
            Arm.For("linux/arm64", inIndex: false),
            A.For("linux/amd64", inIndex: false) with { EditDescriptor = static d => d["platform"] = new System.Text.Json.Nodes.JsonObject() });
        Assert.Equal(Arm.Digest, Chosen(layout, "linux/arm64"));
        Assert.Equal(A.Digest, Chosen(layout));
        OciException e = Error("OCI2001", () => Chosen(layout, "linux/s390x"));
        Assert.Equal($"linux/arm64 {Arm.Digest}; linux/amd64 {A.Digest}", e.Found);
    }

    [Fact]
    public void A_config_without_a_platform_fits_any_with_a_message_but_a_named_one_is_better_rule_94()
    {
        Image silent = B.For(null);
        using (Opened opened = new(silent.ToLayout()))
        {
            Assert.Equal("linux/s390x", opened.Load("linux/s390x").Platform.ToString());
            Assert.Contains(opened.Messages, static m => m.Kind == RootfsMessageKind.Normal && m.Text.Contains("names no platform", StringComparison.Ordinal));
        }
        Assert.Equal(A.Digest, Chosen(ImageLayout.Of(silent, A)));
        Assert.Equal(silent.Digest, Chosen(ImageLayout.Of(silent, Arm)));
    }

    [Fact]
    public void An_index_that_says_another_platform_than_the_config_warns()
    {
        using Opened opened = new(ImageLayout.Of(Arm with { EditDescriptor = static d => d["platform"]!["architecture"] = "amd64" }));
        Assert.Equal("linux/arm64", opened.Load().Platform.ToString());
        Assert.Equal(["OCI2007"], opened.Warnings);
    }

    [Theory]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":null}")]
    public void An_empty_index_is_an_error(string index)
    {
        ImageLayout layout = A.ToLayout().With("index.json", index);
        Error("OCI2004", () => Chosen(layout));
    }

    [Fact]
    public void Only_unknown_media_types_are_no_image() => Error("OCI2004", () => Chosen(ImageLayout.Of(new ImageDescriptor("application/vnd.oci.descriptor.v1+json", Absent))));

    [Fact]
    public void A_digest_of_something_that_is_no_image_is_an_error() =>
        Error("OCI2019", () => Chosen(ImageLayout.Of(A, new ImageDescriptor("application/vnd.oci.artifact.manifest.v1+json", Absent)), null, Absent));

    [Fact]
    public void Indexes_nested_up_to_the_limit_are_read_and_no_deeper()
    {
        ImagePart part = A;
        for (int i = 0; i < 7; i++)
            part = new ImageIndex(part);
        Assert.Equal(A.Digest, Chosen(ImageLayout.Of(part)));
        Error("OCI4226", () => Chosen(ImageLayout.Of(new ImageIndex(part))));
    }

    [Fact]
    public void Indexes_that_refer_to_each_other_a_thousandfold_are_read_once_each()
    {
        ImagePart part = A;
        for (int i = 0; i < 7; i++)
            part = new ImageIndex(Enumerable.Repeat(part, 6));
        Assert.Equal(A.Digest, Chosen(ImageLayout.Of(part)));
    }

    [Fact]
    public void More_indexes_than_the_limit_are_an_error_that_sends_to_Reference_where_that_helps()
    {
        ImageLayout layout = ImageLayout.Of([.. Enumerable.Range(0, 1001).Select(static i => new ImageIndex { Tag = $"v{i}", Text = $$"""{"schemaVersion":2,"manifests":[],"n":{{i}}}""" })]);
        Assert.Contains("Set Reference to the name", Error("OCI4227", () => Chosen(layout)).Hint, StringComparison.Ordinal);
        Error("OCI2002", () => Chosen(layout, reference: "v7"));
        ImageLayout nested = ImageLayout.Of(new ImageIndex([.. Enumerable.Range(0, 1001).Select(static i => new ImageIndex { Text = $$"""{"schemaVersion":2,"manifests":[],"n":{{i}}}""" })]) { Tag = "all" });
        Assert.DoesNotContain("Reference", Error("OCI4227", () => Chosen(nested, reference: "all")).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Very_many_descriptors_of_one_index_listed_again_and_again_end_at_a_limit()
    {
        ImageIndex many = new(Enumerable.Repeat(new ImageDescriptor("x", Absent), 5000));
        ImageLayout layout = ImageLayout.Of([.. Enumerable.Range(0, 30).Select(i => many with { Tag = $"v{i}" })]);
        Error("OCI4227", () => Chosen(layout));
    }

    [Fact]
    public void Selecting_reads_no_config()
    {
        using Opened opened = new(A.ToLayout().Remove(A.ConfigDigest));
        SelectedManifest selected = opened.Select();
        Assert.Equal(A.Digest, selected.Descriptor.Digest.ToString());
        Error("OCI1011", () => selected.Load());
    }
}
