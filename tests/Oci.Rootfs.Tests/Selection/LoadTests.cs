using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Tests.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Selection;

public sealed class LoadTests
{
    private static readonly byte[] Tar = Tars.Of(Tars.File("a"));
    private static readonly Image A = Image.Of(Tar, ImageLayer.Gzip(Tar)).For("linux/amd64");

    private static SelectedImage Load(Image image) => Opened.Load(image.ToLayout());

    [Fact]
    public void Layers_and_diff_ids_are_listed_in_their_documents_orders_rule_84()
    {
        byte[] other = Tars.Of(Tars.File("b"));
        Image image = Image.Of(Tar, other) with { EditConfig = static c => c["rootfs"]!["diff_ids"] = new JsonArray([.. c["rootfs"]!["diff_ids"]!.AsArray().Reverse().Select(static n => n!.DeepClone())]) };
        SelectedImage loaded = Load(image);
        Assert.Equal(image.Layers.Select(static l => l.DiffId).Reverse(), loaded.DiffIds.Select(static d => d.ToString()));
        Assert.Equal(image.Layers.Select(static l => l.DiffId), loaded.Layers.Select(static d => d.Digest.ToString()));
    }

    [Fact]
    public void The_same_layer_twice_is_listed_twice_rule_82() => Assert.Equal(2, Load(Image.Of(Tar, Tar)).Layers.Count);

    [Fact]
    public void No_layers_are_an_empty_image_rule_96()
    {
        Assert.Empty(Load(Image.Of()).Layers);
        Assert.Empty(Load(Image.Of() with { EditManifest = static m => m["layers"] = null }).Layers);
        Assert.Empty(Load(Image.Of() with { EditManifest = static m => m.Remove("layers") }).Layers);
    }

    [Fact]
    public void The_config_is_carried_as_stored_rule_96()
    {
        Image image = A with { ConfigText = "{ \"os\" : \"linux\", \"architecture\" : \"amd64\", \"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}, \"x\":1, \"config\":{\"User\":\"me\"}}\n", Layers = [] };
        SelectedImage loaded = Load(image);
        Assert.Equal(image.ConfigText, System.Text.Encoding.UTF8.GetString(loaded.ConfigBytes));
        Assert.Equal("me", loaded.RunConfig.User);
    }

    [Fact]
    public void Another_number_of_layers_than_diff_ids_is_an_error_with_both_counts_rule_83()
    {
        OciException e = Error("OCI2021", () => Load(A with { EditConfig = static c => c["rootfs"]!["diff_ids"]!.AsArray().RemoveAt(0) }));
        Assert.Contains("2 layers", e.Expected, StringComparison.Ordinal);
        Assert.Equal("1 diff_ids", e.Found);
    }

    [Fact]
    public void An_unknown_layer_media_type_is_an_error_that_names_it_and_the_layer_rule_88()
    {
        OciException e = Error("OCI2022", () => Load(Image.Of(Tar, ImageLayer.Plain(Tar) with { MediaType = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted" })));
        Assert.Equal("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", e.Found);
        Assert.StartsWith("2 of 2 (sha256:", e.Layer, StringComparison.Ordinal);
        Assert.Contains("decrypt", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_that_is_not_there_is_an_error_and_a_foreign_one_has_its_own_rule_89()
    {
        Error("OCI1011", () => Load(Image.Of(ImageLayer.Plain(Tar) with { Absent = true })));
        ImageLayer foreign = ImageLayer.Plain(Tar) with { MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar" };
        Error("OCI2023", () => Load(Image.Of(foreign with { Absent = true })));
        Assert.Single(Load(Image.Of(foreign)).Layers);
    }

    [Fact]
    public void A_digest_that_leads_out_of_the_image_is_refused_rule_91()
    {
        Error("OCI2013", () => Load(Image.Of(ImageLayer.Plain(Tar) with { Digest = "sha256:../../x" })));
        Error("OCI2013", () => Load(A with { EditManifest = static m => m["config"]!["digest"] = "sha256:../../x" }));
        Error("OCI2013", () => Load(A with { EditDescriptor = static d => d["digest"] = "sha256:../../x" }));
    }

    [Fact]
    public void A_manifest_that_is_an_index_too_is_an_error_rule_90()
    {
        Error("OCI2016", () => Load(A with { EditManifest = static m => m["manifests"] = new JsonArray() }));
        Error("OCI2016", () => Opened.Load(A.ToLayout().With("index.json", """{"schemaVersion":2,"manifests":[],"layers":[]}""")));
    }

    [Fact]
    public void A_manifest_where_an_index_should_be_and_the_reverse_are_errors_rule_87()
    {
        ImageIndex index = new(A);
        Error("OCI2017", () => Opened.Load(ImageLayout.Of(index with { MediaType = "application/vnd.oci.image.manifest.v1+json" })));
        Error("OCI2017", () => Load(A with { MediaType = "application/vnd.oci.image.index.v1+json" }));
        Error("OCI2017", () => Opened.Load(A.ToLayout().With("index.json", """{"schemaVersion":2,"config":{},"layers":[]}""")));
    }

    [Fact]
    public void A_document_that_says_another_media_type_than_its_descriptor_is_an_error_rule_87()
    {
        Error("OCI2017", () => Load(A with { EditManifest = static m => m["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json" }));
        Assert.Equal(2, Load(A with { EditManifest = static m => m["mediaType"] = "application/vnd.oci.image.manifest.v1+json" }).Layers.Count);
        Assert.Equal(2, Load(A with { EditManifest = static m => m["mediaType"] = null }).Layers.Count);
    }

    [Fact]
    public void Dockers_media_types_are_read() =>
        Assert.Equal(2, Load(A with
        {
            MediaType = "application/vnd.docker.distribution.manifest.v2+json",
            ConfigMediaType = "application/vnd.docker.container.image.v1+json",
            Layers = [.. A.Layers.Select(static l => l with { MediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip" })],
        }).Layers.Count);

    [Theory]
    [InlineData("application/vnd.oci.empty.v1+json")]
    [InlineData("application/vnd.cncf.helm.config.v1+json")]
    public void An_artifact_is_no_image_rule_90(string mediaType) =>
        Assert.Equal(mediaType, Error("OCI2018", () => Load(A with { ConfigMediaType = mediaType })).Found);

    [Fact]
    public void An_artifact_manifest_is_no_image_rule_90() =>
        Error("OCI2019", () => Load(A with { ManifestText = """{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","artifactType":"x","blobs":[]}""" }));

    [Fact]
    public void Schema_version_1_is_an_error_rule_90() => Error("OCI2015", () => Load(A with { EditManifest = static m => m["schemaVersion"] = 1 }));

    [Fact]
    public void Rootfs_type_must_be_layers_rule_90() => Error("OCI2020", () => Load(A with { EditConfig = static c => c["rootfs"]!["type"] = "x" }));

    [Fact]
    public void A_manifest_without_config_is_an_error() => Error("OCI2012", () => Load(A with { EditManifest = static m => m.Remove("config") }));

    [Fact]
    public void A_forged_manifest_config_or_nested_index_is_found_by_its_digest_rule_85()
    {
        Error("OCI3002", () => Opened.Load(A.ToLayout().Forge(A.Digest, Same(A.ToLayout(), A.Digest))));
        Error("OCI3002", () => Opened.Load(A.ToLayout().Forge(A.ConfigDigest, Same(A.ToLayout(), A.ConfigDigest))));
    }

    [Fact]
    public void A_blob_of_another_size_than_its_descriptor_says_is_an_error_before_it_is_read_rule_85()
    {
        Error("OCI3001", () => Load(A with { EditDescriptor = static d => d["size"] = (long)d["size"]! + 1 }));
        Error("OCI3001", () => Load(A with { EditDescriptor = static d => d["size"] = 0 }));
        Error("OCI3001", () => Load(A with { EditManifest = static m => m["config"]!["size"] = 1 }));
        Error("OCI4224", () => Load(A with { EditDescriptor = static d => d["size"] = long.MaxValue }));
        Error("OCI2014", () => Load(A with { EditDescriptor = static d => d["size"] = long.MinValue }));
    }

    /// <summary>As many bytes, another one among them.</summary>
    private static byte[] Same(ImageLayout layout, string digest)
    {
        byte[] bytes = [.. layout.Files[ImageLayout.Path(digest)]];
        bytes[^1] ^= 1;
        return bytes;
    }
}
