using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>Attacks on what stands around the layers: the outer archive, the layout directory, documents and digests.</summary>
public sealed class ImageAttackTests : IDisposable
{
    private readonly Attack _attack = new();

    private static Image Good { get; } = Image.Of(Of(File("f", "good"))).For(null);

    private static string Layer { get; } = ImageLayout.Path(new ImageLayout().Add(Good.Layers[0].Blob));

    public void Dispose() => _attack.Dispose();

    private static Action<string> Archive(Func<TarItem, TarItem?> change) =>
        path => System.IO.File.WriteAllBytes(path, Of(Good.ToLayout().Entries().Select(change).OfType<TarItem>()));

    private static Action<string> With(string name, Func<TarItem, TarItem?> change) => Archive(e => e.Name.ToString() == name ? change(e) : e);

    [Theory]
    [InlineData("index.json")]
    [InlineData("layer")]
    public void A_device_FIFO_or_directory_where_the_archive_has_a_file_is_refused(string where)
    {
        string name = where == "layer" ? Layer : where;
        _attack.IsRefused("OCI1010", With(name, e => CharDevice(e.Name, 1, 5)));
        _attack.IsRefused("OCI1010", With(name, e => Fifo(e.Name)));
        _attack.IsRefused("OCI1010", With(name, e => Dir(e.Name)));
    }

    [Fact]
    public void An_index_that_is_a_link_in_the_archive_is_refused()
    {
        _attack.IsRefused("OCI1010", With("index.json", e => Symlink(e.Name, "/etc/passwd")));
        _attack.IsRefused("OCI1010", With("index.json", e => Hardlink(e.Name, "oci-layout")));
    }

    [Fact]
    public void A_blob_that_is_a_link_out_of_the_archive_is_refused_rule_98()
    {
        _attack.IsRefused("OCI1012", With(Layer, e => Symlink(e.Name, "/etc/passwd")));
        _attack.IsRefused("OCI1012", With(Layer, e => Symlink(e.Name, "../../../../../../etc/passwd")));
        _attack.IsRefused("OCI1012", With(Layer, e => Hardlink(e.Name, "../../etc/passwd")));
        _attack.IsRefused("OCI1012", With(Layer, e => Symlink(e.Name, System.IO.Path.GetFileName(Layer))));
    }

    [Fact]
    public void Two_different_indexes_or_blobs_of_one_name_are_refused()
    {
        _attack.IsRefused("OCI1009", path => System.IO.File.WriteAllBytes(path, Of([.. Good.ToLayout().Entries(), File("./index.json", "{}")])));
        _attack.IsRefused("OCI1009", path => System.IO.File.WriteAllBytes(path, Of([.. Good.ToLayout().Entries(), File("//" + Layer, "evil")])));
    }

    [Fact]
    public void Names_that_lead_out_of_the_archive_are_only_names()
    {
        System.IO.File.WriteAllBytes(_attack.S.Image, Of(
            [.. Good.ToLayout().Entries(), File("../../canary/file", "evil"), File("/etc/passwd", "evil"), Symlink("blobs/sha512", "/"), CharDevice("dev/mem", 1, 1)]));

        Assert.Equal(["d 755", "f f 644"], _attack.IsHarmlessAsSaved());
    }

    [Theory]
    [InlineData("sha256:../../../../canary/file")]
    [InlineData("sha256:..")]
    [InlineData("../../x:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/")]
    [InlineData("sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0")]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n")]
    [InlineData("md5:0123456789abcdef0123456789abcdef")]
    [InlineData("")]
    public void A_digest_is_checked_before_it_is_part_of_a_path_rule_91(string digest)
    {
        _attack.IsRefused("OCI2013", path => (Good with { EditDescriptor = d => d["digest"] = digest }).SaveArchive(path));
        _attack.IsRefused("OCI2013", path => (Good with { EditManifest = m => m["config"]!["digest"] = digest }).SaveDirectory(path));
        _attack.IsRefused("OCI2013", path => (Good with { EditManifest = m => m["layers"]![0]!["digest"] = digest }).SaveDirectory(path));
        _attack.IsRefused("OCI2013", path => (Good with { EditConfig = c => c["rootfs"]!["diff_ids"]![0] = digest }).SaveArchive(path));
    }

    [Fact]
    public void A_blob_of_a_layout_directory_that_is_a_FIFO_or_device_is_refused_and_does_not_hang()
    {
        foreach (string name in (string[])["index.json", Layer])
        {
            _attack.IsRefused("OCI1010", path =>
            {
                Good.SaveDirectory(path);
                System.IO.File.Delete(System.IO.Path.Combine(path, name));
                Command.Run("mkfifo", System.IO.Path.Combine(path, name));
            });
            _attack.IsRefused("OCI1010", path =>
            {
                Good.SaveDirectory(path);
                System.IO.File.Delete(System.IO.Path.Combine(path, name));
                System.IO.File.CreateSymbolicLink(System.IO.Path.Combine(path, name), "/dev/zero");
            });
        }
    }

    [Fact]
    public void A_blob_of_a_layout_directory_that_is_a_link_to_another_file_is_known_by_its_size_and_digest_rule_85()
    {
        _attack.IsRefused("OCI3001", path =>
        {
            Good.SaveDirectory(path);
            System.IO.File.Delete(System.IO.Path.Combine(path, Layer));
            System.IO.File.CreateSymbolicLink(System.IO.Path.Combine(path, Layer), _attack.Canary + "/file");
        });
    }

    [Fact]
    public void JSON_that_is_nested_too_deeply_is_refused()
    {
        string deep = new string('[', 100_000) + new string(']', 100_000);
        _attack.IsRefused("OCI4225", path => Good.ToLayout().With("index.json", $$"""{"schemaVersion":2,"manifests":[],"x":{{deep}}}""").SaveDirectory(path));
        _attack.IsRefused("OCI4225", path => (Good with { ConfigText = $$"""{"x":{{deep}}}""" }).SaveArchive(path));
        _attack.IsRefused("OCI4225", path => (Good with { ManifestText = $$"""{"x":{{deep}}}""" }).SaveArchive(path));
    }

    [Fact]
    public void A_document_that_is_too_long_or_claims_to_be_is_refused_unread()
    {
        _attack.IsRefused("OCI4224", path => (Good with { EditDescriptor = static d => d["size"] = 1L << 30 }).SaveArchive(path));
        _attack.IsRefused("OCI4224", path => (Good with { EditManifest = static m => m["config"]!["size"] = long.MaxValue }).SaveArchive(path));
        _attack.IsRefused("OCI2014", path => (Good with { EditDescriptor = static d => d["size"] = -1 }).SaveArchive(path));
        _attack.IsRefused("OCI4224", path => Archive(static e => e.Name.ToString() == "index.json" ? e with { Content = TarContent.Zeros(17 << 20) } : e)(path));
    }

    [Theory]
    [InlineData("\"manifests\"", "OCI2011")]
    [InlineData("{\"manifests\": {}}", "OCI2011")]
    [InlineData("{\"manifests\": [[]]}", "OCI2011")]
    [InlineData("{\"manifests\": [{\"digest\": 7}]}", "OCI2011")]
    [InlineData("{\"manifests\": [{\"size\": \"7\"}]}", "OCI2011")]
    [InlineData("{\"schemaVersion\": 1e400}", "OCI2011")]
    [InlineData("{\"schemaVersion\": 2} trailing", "OCI2010")]
    [InlineData("/* comment */ {}", "OCI2010")]
    [InlineData("", "OCI2010")]
    public void An_index_of_wrong_types_is_refused_rule_96(string text, string code) =>
        _attack.IsRefused(code, path => Good.ToLayout().With("index.json", text).SaveDirectory(path));

    [Fact]
    public void A_manifest_with_missing_members_is_refused()
    {
        _attack.IsRefused("OCI2012", path => (Good with { EditManifest = static m => m.Remove("config") }).SaveArchive(path));
        _attack.IsRefused("OCI2012", path => (Good with { EditManifest = static m => ((JsonObject)m["layers"]![0]!).Remove("digest") }).SaveArchive(path));
    }

    [Fact]
    public void An_archive_cut_off_at_any_block_is_refused()
    {
        byte[] archive = Good.ToLayout().ToArchive();
        int whole = archive.Length - 1024;
        for (int length = 0; length < whole; length += 512)
        {
            System.IO.File.WriteAllBytes(_attack.S.Image, archive[..length]);
            Errors.OciException error = _attack.S.Fails();
            Assert.True(error.Code is "OCI1004" or "OCI1005" or "OCI1007" or "OCI1008" or "OCI1011", $"{length}: {error.Code} {error.Message}");
            Assert.False(Path.Exists(_attack.S.Rootfs));
        }
        _attack.S.ShouldHaveNoLitter();
    }
}
