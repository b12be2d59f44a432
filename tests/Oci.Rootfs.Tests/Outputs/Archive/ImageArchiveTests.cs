using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>The tree as an image of one layer, which OCI tools, docker and this engine read.</summary>
public sealed partial class ImageArchiveTests : IDisposable
{
    private static readonly TarPart[] Layer =
    [
        Tars.Dir("./", "0711", 1, 2, 3), Tars.File("etc/passwd", "root", "0600", 5, 6, 1_700_000_000) with { Nanoseconds = 123_456_789 }, Tars.Hardlink("etc/other", "etc/passwd"),
        Tars.Symlink("link", "etc/passwd"), Tars.CharDevice("dev/null", 1, 3, "0666"), Tars.Fifo("fifo"), Tars.File("big-ids", "x", "4755", 3_000_000, 4_000_000),
        Tars.File("xattr", "x") with { Xattrs = [Tars.Xattr("user.a", "1"), Tars.Xattr("security.capability", "2")] }, Tars.Sparse("sparse", TarSparseForm.Pax10, 1 << 20, (1 << 19, "x")),
        Tars.File(string.Concat(Enumerable.Repeat("long name ", 20)), "x"), Tars.File((byte[])[.. "bytes"u8, 0xe4, 0xff], "x"),
    ];

    private readonly Scenario _s = new();

    private string Made => _s["out/made.tar"];

    public void Dispose() => _s.Dispose();

    [Fact]
    public void The_archive_has_exactly_the_names_by_which_Proxmox_knows_an_image()
    {
        List<ArchiveEntry> entries = Make(Layer);

        Assert.Equal(["index.json", "manifest.json", "oci-layout"], entries[3..].Select(static e => e.Name));
        Assert.All(entries[..3], static e => Assert.Matches(Blob(), e.Name));
        Assert.Equal(entries.Select(static e => e.Name).Order(StringComparer.Ordinal), entries.Select(static e => e.Name));
        Assert.All(entries, static e => Assert.Equal(('0', 0x1a4, 0, 0, 0m, 0), (e.Type, e.Mode, (int)e.Uid, (int)e.Gid, e.Mtime, e.Records.Count)));
    }

    [Fact]
    public void Every_blob_has_the_name_of_its_content_and_every_descriptor_its_size()
    {
        Dictionary<string, byte[]> files = Make(Layer).ToDictionary(static e => e.Name, static e => e.Content);
        JsonNode index = Json(files["index.json"]);
        byte[] manifest = Blob(files, index["manifests"]![0]!);
        byte[] config = Blob(files, Json(manifest)["config"]!);
        byte[] layer = Blob(files, Json(manifest)["layers"]![0]!);

        Assert.All(files.Where(static f => f.Key.StartsWith("blobs/", StringComparison.Ordinal)), static f => Assert.Equal("blobs/sha256/" + Convert.ToHexStringLower(SHA256.HashData(f.Value)), f.Key));
        File.WriteAllBytes(_s["layer.gz"], layer);
        Assert.Equal([$"sha256:{Convert.ToHexStringLower(SHA256.HashData(ArchiveScenario.Gunzip(_s["layer.gz"])))}"], Json(config)["rootfs"]!["diff_ids"]!.AsArray().Select(static d => (string)d!));
        Assert.Equal("application/vnd.oci.image.layer.v1.tar+gzip", (string)Json(manifest)["layers"]![0]!["mediaType"]!);
        Assert.Equal("amd64", (string)index["manifests"]![0]!["platform"]!["architecture"]!);
        JsonNode docker = Json(files["manifest.json"])[0]!;
        Assert.Equal(config, files[(string)docker["Config"]!]);
        Assert.Equal(layer, files[(string)docker["Layers"]![0]!]);
    }

    [Theory]
    [InlineData(ImageArchiveCompression.Gzip, false)]
    [InlineData(ImageArchiveCompression.Zstd, false)]
    [InlineData(ImageArchiveCompression.Gzip, true)]
    public void This_engine_reads_the_same_tree_back(ImageArchiveCompression compression, bool asDockerArchive)
    {
        byte[] first = _s.With(Layers(Layer)).Tar();
        Make(r => r with { ImageArchive = new ImageArchiveOptions { Compression = compression } }, Layer);
        string image = asDockerArchive ? WithoutLayout() : Made;
        using Scenario again = new();

        RootfsResult result = again.Extract(r => r.OnlyArchives(again.Archive()) with { Image = image, Platform = "linux/amd64" });

        Assert.Equal(first, File.ReadAllBytes(again.Archive()));
        Assert.Equal(["PATH=/bin"], result.Config.Env);
    }

    [Fact]
    public void With_a_directory_the_archive_has_the_same_bytes()
    {
        Make(Layer);
        byte[] without = File.ReadAllBytes(Made);

        _s.Extract(r => r.With(OutputKind.ImageArchive, _s["other/made.tar"]).AndArchives(_s["other/a.tar.gz"]));

        Assert.Equal(without, File.ReadAllBytes(_s["other/made.tar"]));
        Assert.True(File.Exists(_s["other/a.tar.gz"]));
        Assert.True(Directory.Exists(_s.Rootfs));
    }

    [Fact]
    public void How_the_image_is_cut_into_layers_does_not_matter()
    {
        Make(Tars.File("a", "1", mtime: 5), Tars.File("b", "2", mtime: 6));
        byte[] one = File.ReadAllBytes(Made);
        File.Delete(Made);

        Make(Images.Image.Of(Tars.Of(Tars.File("a", "old")), Tars.Of(Tars.File("b", "2", mtime: 6)), Tars.Of(Tars.File("a", "1", mtime: 5))).For("linux/amd64") with { EditConfig = Config });

        Assert.Equal(one, File.ReadAllBytes(Made));
    }

    [Fact]
    public void An_ACL_is_an_attribute_alone()
    {
        byte[] acl = [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255];

        List<ArchiveEntry> layer = LayerOf(Make(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("system.posix_acl_access", acl)] }));

        Assert.Equal(["SCHILY.xattr.system.posix_acl_access"], layer[^1].Records.Select(static r => r.Key));
    }

    [Theory]
    [InlineData(ArchiveDevices.Keep)]
    [InlineData(ArchiveDevices.SkipOutsideDev)]
    public void A_device_that_would_be_a_whiteout_is_left_out_with_a_warning(ArchiveDevices devices)
    {
        List<ArchiveEntry> layer = LayerOf(Make(r => r with { Archive = new ArchiveOptions { Devices = devices } }, Tars.CharDevice("dev/w", 0, 0), Tars.File("f", "x")));

        Assert.Equal(["./", "./dev/", "./f"], layer.Select(static e => e.Name));
        Assert.Contains(_s.Messages, static m => m.Code == "OCI6353" && m.Text.Contains("'dev/w'", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_devices_are_errors_that_device_is_one_too() =>
        Assert.Equal("OCI6323", Assert.Throws<OciException>(() => Make(static r => r with { Archive = new ArchiveOptions { Devices = ArchiveDevices.Fail } }, Tars.CharDevice("w", 0, 0))).Code);

    [Fact]
    public void The_config_is_the_images_own_but_for_its_layers_and_their_history()
    {
        const string Config = """{ "created":"2020-01-02T03:04:05Z" ,"os":"linux","architecture":"amd64", "x" : [1.50, "\u0041"],"history":HISTORY,"rootfs": {"type":"layers","diff_ids":["DIFF"]},"config":{"Env":["PATH=/bin"]}}""";
        ImageLayer layer = Tars.Of(Layer);
        string before = With("""[{"created_by":"a"},{"created_by":"b"}]""", layer.DiffId);

        Dictionary<string, byte[]> files = Make(Images.Image.Of(layer).For("linux/amd64") with { ConfigText = before }).ToDictionary(static e => e.Name, static e => e.Content);

        string after = Encoding.UTF8.GetString(files[(string)Json(files["manifest.json"])[0]!["Config"]!]);
        Assert.Equal(With("""[{"created":"2020-01-02T03:04:05Z","created_by":"Oci.Build.Tasks","comment":"all layers as one"}]""", (string)JsonNode.Parse(after)!["rootfs"]!["diff_ids"]![0]!), after);

        static string With(string history, string diffId) => Config.Replace("HISTORY", history, StringComparison.Ordinal).Replace("DIFF", diffId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "image:latest", "latest", "docker.io/library/image:latest")]
    [InlineData("app", "app:latest", "latest", "docker.io/library/app:latest")]
    [InlineData("me/app:1.2", "me/app:1.2", "1.2", "docker.io/me/app:1.2")]
    [InlineData("localhost:5000/app:v1", "localhost:5000/app:v1", "v1", "localhost:5000/app:v1")]
    public void The_image_has_a_name_for_docker_and_for_others(string? reference, string docker, string tag, string full)
    {
        Dictionary<string, byte[]> files = Make(r => r with { ImageArchive = new ImageArchiveOptions { Reference = reference } }, Tars.File("f")).ToDictionary(static e => e.Name, static e => e.Content);

        JsonNode annotations = Json(files["index.json"])["manifests"]![0]!["annotations"]!;
        Assert.Equal((docker, tag, full), ((string)Json(files["manifest.json"])[0]!["RepoTags"]![0]!, (string)annotations["org.opencontainers.image.ref.name"]!, (string)annotations["io.containerd.image.name"]!));
    }

    [Theory]
    [InlineData("out/made.tar.gz", null, "OCI6331")]
    [InlineData("out/.tar", null, "OCI6331")]
    [InlineData("out/made", null, "OCI6331")]
    [InlineData("out/made.tar", "App", "OCI6332")]
    [InlineData("out/made.tar", "app:", "OCI6332")]
    [InlineData("out/made.tar", "app@sha256:00", "OCI6332")]
    public void A_name_that_can_not_be_is_an_error(string path, string? reference, string code)
    {
        _s.With(Layers(Tars.File("f")));

        Assert.Equal(code, _s.Fails(r => r.With(OutputKind.ImageArchive, _s[path]) with { ImageArchive = new ImageArchiveOptions { Reference = reference } }).Code);
    }

    [Fact]
    public void An_archive_that_stands_is_not_written_again_and_another_name_writes_it_anew()
    {
        Make(Layer);
        DateTime written = File.GetLastWriteTimeUtc(Made);

        RootfsResult found = Extract();

        Assert.False(found.Extracted);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Made));
        Assert.Equal((Made, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Made)))), (found.ImageArchive!.Path, found.ImageArchive.Digest));
        Assert.Empty(found.Archives);
        Assert.True(Extract(static r => r with { ImageArchive = new ImageArchiveOptions { Reference = "other" } }).Extracted);
    }

    [Fact]
    public void A_path_that_was_an_archive_of_the_tree_becomes_an_image_archive()
    {
        _s.With(Layers(Layer)).Extract(r => r.OnlyArchives(Made));

        Assert.True(Extract().Extracted);

        Assert.Equal("oci-layout", ArchiveEntry.Parse(File.ReadAllBytes(Made))[^1].Name);
    }

    [Fact]
    public void An_archive_and_an_image_archive_are_made_of_one_reading_and_only_what_is_stale_is_written()
    {
        _s.With(Layers(Layer)).Extract(r => r.OnlyArchives(_s["out/a.tar"]).With(OutputKind.ImageArchive, Made));
        DateTime written = File.GetLastWriteTimeUtc(_s["out/a.tar"]);
        File.Delete(Made);

        RootfsResult result = _s.Extract(r => r.OnlyArchives(_s["out/a.tar"]).With(OutputKind.ImageArchive, Made));

        Assert.Equal((1, Made), (result.Archives.Count, result.ImageArchive!.Path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_s["out/a.tar"]));
    }

    [Fact]
    public void A_failing_archive_leaves_the_old_one_and_nothing_else()
    {
        Make(Tars.File("f", "x"));
        byte[] old = File.ReadAllBytes(Made);
        _s.With(Layers(Tars.File("f", new byte[100_000])));

        Assert.Equal("OCI6302", Assert.Throws<OciException>(() => Extract(static r => r with { Limits = new RootfsLimits { MaxRootfsArchiveBytes = 50_000 } })).Code);

        Assert.Equal(old, File.ReadAllBytes(Made));
        Assert.Equal([".made.tar.oci", "made.tar"], Directory.GetFiles(_s.Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static void Config(JsonObject config) => config["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/bin") };

    private static Image Layers(params TarPart[] layer) => Images.Image.Of(Tars.Of(layer)).For("linux/amd64") with { EditConfig = Config };

    private List<ArchiveEntry> Make(params TarPart[] layer) => Make(static r => r, layer);

    private List<ArchiveEntry> Make(Image image)
    {
        _s.With(image);
        Extract();
        return ArchiveEntry.Parse(File.ReadAllBytes(Made));
    }

    private List<ArchiveEntry> Make(Func<RootfsRequest, RootfsRequest> change, params TarPart[] layer)
    {
        _s.With(Layers(layer));
        Extract(change);
        return ArchiveEntry.Parse(File.ReadAllBytes(Made));
    }

    private RootfsResult Extract(Func<RootfsRequest, RootfsRequest>? change = null) => _s.Extract(r =>
    {
        r = r with { RootfsDirectory = null, Platform = "linux/amd64", Outputs = [new(OutputKind.ImageArchive, Made)] };
        return change is null ? r : change(r);
    });

    private List<ArchiveEntry> LayerOf(List<ArchiveEntry> archive)
    {
        Dictionary<string, byte[]> files = archive.ToDictionary(static e => e.Name, static e => e.Content);
        File.WriteAllBytes(_s["layer.gz"], files[(string)Json(files["manifest.json"])[0]!["Layers"]![0]!]);
        return ArchiveEntry.Parse(ArchiveScenario.Gunzip(_s["layer.gz"]));
    }

    /// <summary>The archive as docker's own has it: nothing of it says that it is an OCI layout.</summary>
    private string WithoutLayout()
    {
        string path = _s["docker.tar"];
        File.Copy(Made, path);
        Assert.Equal(0, Command.Run("tar", "--delete", "-f", path, "oci-layout", "index.json").ExitCode);
        return path;
    }

    private static byte[] Blob(Dictionary<string, byte[]> files, JsonNode descriptor)
    {
        byte[] blob = files["blobs/" + ((string)descriptor["digest"]!).Replace(':', '/')];
        Assert.Equal((long)descriptor["size"]!, blob.Length);
        return blob;
    }

    private static JsonNode Json(byte[] bytes) => JsonNode.Parse(bytes)!;

    [GeneratedRegex("^blobs/sha256/[0-9a-f]{64}$")]
    private static partial Regex Blob();
}
