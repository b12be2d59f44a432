using System.Text.Json.Nodes;
using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>What has broken other unpackers, by its number: <c>docs/security.md</c> says whose it was.</summary>
public sealed class KnownAttackTests : IDisposable
{
    private static readonly byte[] Acl =
        [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 12, 0, 0, 0, 4, 0, 7, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 7, 0, 255, 255, 255, 255];

    private readonly Attack _attack = new();

    public void Dispose() => _attack.Dispose();

    [Fact]
    public void CVE_2007_4559_names_with_parent_components() => _attack.IsRefused("OCI4101", Of(File("../../canary/file", "evil")));

    [Fact]
    public void CVE_2014_6407_links_and_hard_links_of_an_image()
    {
        _attack.IsHarmless(Of(Symlink("l", _attack.Canary)), Of(File("l/file", "evil")));
        _attack.IsRefused("OCI4123", Of(Hardlink("h", _attack.Canary + "/file")), Of(File("h", "evil")));
    }

    [Fact]
    public void CVE_2014_9356_a_full_path_in_a_link() => _attack.IsHarmless(Of(Symlink("l", _attack.Canary + "/dir")), Of(File("l/inside", "evil"), Dir("l/sub", mode: "0777"), Whiteout("l/inside")));

    [Theory]
    [InlineData("Config")]
    [InlineData("Layers")]
    public void CVE_2014_9358_names_in_a_docker_archive_that_lead_out(string member) => _attack.IsRefused("OCI1017", path =>
    {
        TarPart[] entries = [.. ImageDockerArchive.Entries(DockerForm.Legacy, Image.Of(Of(File("f"))).For("linux/amd64"))];
        JsonNode manifest = new JsonArray(new JsonObject { ["Config"] = "../../canary/file", ["RepoTags"] = null, ["Layers"] = new JsonArray("../../canary/file") });
        if (member == "Layers")
            manifest[0]!["Config"] = entries.OfType<TarItem>().Select(static e => e.Name.ToString()).First(static n => n.EndsWith(".json", StringComparison.Ordinal) && n != "manifest.json");
        System.IO.File.WriteAllBytes(path, Of(entries.Select(e => e is TarItem { Name: var name } item && name.ToString() == "manifest.json" ? item with { Content = ImageLayout.Json(manifest) } : e)));
    });

    [Fact]
    public void CVE_2016_5418_a_hard_link_with_content()
    {
        // The content is no entry's: what follows the link's header must be a header.
        _attack.IsRefused("OCI4001", Of(Symlink("l", _attack.Canary + "/file"), Hardlink("h", "l") with { Content = "evil, and no header at all" }));
        _attack.IsRefused("OCI4123", Of(Hardlink("h", _attack.Canary + "/file") with { ForgedSize = 512 }));
    }

    [Fact]
    public void CVE_2016_6321_a_name_whose_parent_components_were_cut_off() => _attack.IsRefused("OCI4101", Of(File("etc/motd/../etc/shadow", "evil")));

    [Fact]
    public void CVE_2016_7166_gzip_in_gzip_is_inflated_once()
    {
        byte[] gzip = ImageLayer.GzipOf(Of(File("f", TarContent.Generated(2000))));
        _attack.IsRefused("OCI4001", ImageLayer.Gzip(gzip));
    }

    [Fact]
    public void CVE_2017_14992_a_bomb_ends_at_its_limit() => _attack.IsRefused(
        "OCI4221", static path => Image.Of(ImageLayer.Gzip(Of(File("f", TarContent.Zeros(20 << 20))))).For(null).SaveArchive(path),
        static r => r with { Limits = new() { MaxUncompressedBytes = 256 << 10 } });

    [Fact]
    public void CVE_2018_20834_a_hard_link_and_then_a_file_of_its_name()
    {
        Assert.Equal(["d 755", "h f 644"], _attack.IsHarmless(Of(Hardlink("h", _attack.Canary + "/file"), File("h", "evil"))));
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(File("f", "1"), Hardlink("h", "f"), File("h", "evil")));

        Assert.Equal(["d 755", "f f 644", "h f 644"], tree);
    }

    [Fact]
    public void CVE_2020_27833_links_made_through_links()
    {
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(
            Dir("subdir"), Symlink("subdir/parent", ".."), Symlink("subdir/parent/passwd", "../../canary/file"), Symlink("subdir/parent/etc", "../../canary"),
            File("passwd", "evil"), File("etc/file", "evil")));

        Assert.Contains("passwd f 644", tree);
    }

    [Fact]
    public void CVE_2021_23177_and_31566_metadata_of_a_link_is_not_its_targets()
    {
        string target = _attack.Canary + "/file";
        TarItem link = Symlink("l", target, uid: 12, gid: 34, mtime: 5) with
        {
            Mode = "6777",
            Xattrs = [Xattr("system.posix_acl_access", Acl), Xattr("user.evil", "1"), Xattr("trusted.evil", "1"), Xattr("security.evil", "1")],
        };

        Assert.Equal(["d 755", "l l 777 " + target], _attack.IsHarmless(Of(link)));
        _attack.IsHarmless(Of(Dir("l", mode: "0777") with { Xattrs = [Xattr("system.posix_acl_default", Acl)] }, link));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("./")]
    [InlineData("/")]
    public void CVE_2021_29136_a_root_that_is_a_link(string name) => _attack.IsRefused("OCI4104", Of(Symlink(name, _attack.Canary)), Of(File("file", "evil")));

    [Fact]
    public void CVE_2021_32803_a_directory_and_a_link_of_its_name() =>
        _attack.IsHarmless(Of(Dir("d"), File("d/f"), Symlink("d", _attack.Canary + "/dir"), File("d/inside", "evil")));

    [Fact]
    public void CVE_2021_37701_a_directory_and_a_link_whose_names_differ_by_a_backslash_or_case()
    {
        _attack.IsHarmless(Of(Dir("d\\"), Symlink("d", _attack.Canary + "/dir"), File("d\\/inside", "evil"), File("d\\inside", "evil")));
        _attack.IsHarmless(Of(Dir("FOO"), Symlink("foo", _attack.Canary + "/dir"), File("FOO/inside", "evil")));
    }

    [Fact]
    public void CVE_2021_38511_directories_below_a_link_to_the_parent()
    {
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(Symlink("symlink", ".."), File("symlink/exploit/foo/bar", "evil")));

        Assert.Contains("exploit/foo/bar f 644", tree);
    }

    [Fact]
    public void CVE_2024_0406_a_link_and_a_file_below_it() => _attack.IsHarmless(Of(Symlink("l", "../../canary/dir"), File("l/inside", "evil", mode: "0777")));

    [Fact]
    public void CVE_2024_3727_a_digest_that_is_a_path()
    {
        Image image = Image.Of(Of(File("f"))).For(null);
        _attack.IsRefused("OCI2013", path => (image with { EditManifest = static m => m["layers"]![0]!["digest"] = "sha256:../../../canary/file" }).SaveDirectory(path));
    }

    [Fact]
    public void CVE_2025_62518_a_size_in_PAX_over_a_header_that_says_none()
    {
        byte[] inner = Of(File("smuggled", "evil"));
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(
            File("inner.tar", (TarContent)inner) with { Pax = [Tars.Record("size", $"{inner.Length}")], ForgedSize = 0 }, File("last")));

        Assert.Equal(["d 755", "inner.tar f 644", "last f 644"], tree);
    }

    [Theory]
    [InlineData("OCI4123", "/etc/passwd")]
    [InlineData("OCI4110", "../../canary/file")]
    [InlineData("OCI4110", "a/../../../canary/file")]
    [InlineData("OCI4123", "l/inside")]
    public void CVE_2026_23745_24842_26960_and_42497_a_hard_link_out_of_the_tree(string code, string target) =>
        _attack.IsRefused(code, Of(Symlink("l", "../../canary/dir"), Hardlink("h", target, mode: "6777", uid: 12, mtime: 5)), Of(File("h", "evil")));

    [Fact]
    public void CVE_2026_53486_a_neighbour_whose_name_begins_like_ours()
    {
        _attack.IsRefused("OCI4101", Of(File("../rootfs-evil/keep", "evil")));
        _attack.IsHarmless(Of(Symlink("l", _attack.S.Rootfs + "-evil")), Of(File("l/keep", "evil")));
    }
}
