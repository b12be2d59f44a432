using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>What a request leaves out of archives, or adds to the tree.</summary>
public sealed class ArchivePolicyTests : IDisposable
{
    private readonly Scenario _s = new();

    private static readonly TarPart[] Devices =
    [
        Tars.CharDevice("dev/null", 1, 3, "0666"), Tars.Hardlink("null", "dev/null", "0666"), Tars.BlockDevice("device/sda", 8, 0, "0660"),
        Tars.CharDevice("whiteout", 0, 0), Tars.BlockDevice("zero", 0, 0), Tars.Fifo("fifo"),
    ];

    public void Dispose() => _s.Dispose();

    [Theory]
    [InlineData(ArchiveDevices.Keep, "./dev/null 3", "./device/sda 4", "./fifo 6", "./null 1", "./whiteout 3", "./zero 4")]
    [InlineData(ArchiveDevices.Skip, "./fifo 6", "./whiteout 3")]
    [InlineData(ArchiveDevices.SkipOutsideDev, "./dev/null 3", "./fifo 6", "./whiteout 3")]
    public void Devices_are_in_an_archive_as_the_request_says(ArchiveDevices devices, params string[] expected)
    {
        _s.With(Tars.Of(Devices));

        byte[] tar = _s.Tar(r => r with { Archive = new ArchiveOptions { Devices = devices } });

        Assert.Equal(expected, ArchiveEntry.Parse(tar).Where(static e => e.Type != '5').Select(static e => $"{e.Name} {e.Type}"));
    }

    [Fact]
    public void A_message_says_how_many_devices_are_left_out()
    {
        _s.With(Tars.Of(Devices)).Tar(static r => r with { Archive = new ArchiveOptions { Devices = ArchiveDevices.Skip } });

        Assert.Contains(_s.Messages, static m => m.Text == "The archives leave out 4 names of devices, first 'dev/null' (ArchiveDevices is Skip).");
    }

    [Fact]
    public void A_device_is_an_error_where_the_request_wants_none()
    {
        _s.With(Tars.Of(Devices));

        Errors.OciException error = Assert.Throws<Errors.OciException>(() => _s.Tar(static r => r with { Archive = new ArchiveOptions { Devices = ArchiveDevices.Fail } }));

        Assert.Equal(("OCI6323", "dev/null"), (error.Code, error.Entry));
        Assert.Empty(Directory.GetFiles(_s.Out, "*.tar"));
    }

    [Fact]
    public void A_device_that_anybody_may_make_is_no_error() =>
        Assert.Contains(ArchiveEntry.Parse(_s.With(Tars.Of(Tars.CharDevice("w", 0, 0))).Tar(static r => r with { Archive = new ArchiveOptions { Devices = ArchiveDevices.Fail } })), static e => e.Name == "./w");

    [Theory]
    [InlineData("*", "user.a", "user.ab", "security.capability")]
    [InlineData("user.*", "user.a", "user.ab")]
    [InlineData("user.a", "user.a")]
    [InlineData("user.a?")]
    [InlineData("*.*a*b*", "user.ab", "security.capability")]
    [InlineData("user.b*;security.capability", "security.capability")]
    [InlineData("user.a*b", "user.ab")]
    [InlineData("user")]
    [InlineData("")]
    public void Attributes_are_in_an_archive_as_the_request_says(string patterns, params string[] expected)
    {
        _s.With(Tars.Of(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("user.a", "1"), Tars.Xattr("user.ab", "2"), Tars.Xattr("security.capability", "3")] }));

        byte[] tar = _s.Tar(r => r with { Archive = new ArchiveOptions { Xattrs = patterns.Split(';', StringSplitOptions.RemoveEmptyEntries) } });

        Assert.Equal(expected.Order(StringComparer.Ordinal), ArchiveEntry.Parse(tar)[^1].Records.Select(static r => r.Key["SCHILY.xattr.".Length..]));
    }

    [Fact]
    public void The_text_of_an_ACL_goes_with_its_attribute()
    {
        byte[] acl = [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255];
        _s.With(Tars.Of(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("system.posix_acl_access", acl), Tars.Xattr("user.x", "1")] }));

        byte[] tar = _s.Tar(static r => r with { Archive = new ArchiveOptions { Xattrs = ["user.*"] } });

        Assert.Equal(["SCHILY.xattr.user.x"], ArchiveEntry.Parse(tar)[^1].Records.Select(static r => r.Key));
    }

    [Fact]
    public void Added_directories_are_in_the_directory_the_mtree_file_and_the_archive()
    {
        _s.With(Image.Of(Tars.Of(Tars.File("etc/x"))).For(null).WithConfig(new JsonObject { ["Volumes"] = new JsonObject { ["/var/lib/app"] = new JsonObject() } }));

        _s.Extract(r => r.AndArchives(_s["a.tar"]) with { CreateMountPoints = true, CreateVolumes = true });

        string[] added = ["dev", "proc", "run", "sys", "tmp", "usr", "var", "var/lib", "var/lib/app"];
        Assert.All(added, name => Assert.True(Directory.Exists(Path.Combine(_s.Rootfs, name)), name));
        Assert.Equal(["./", .. added.Prepend("etc").Order(StringComparer.Ordinal).Select(static name => $"./{name}/")],
            ArchiveEntry.Parse(File.ReadAllBytes(_s["a.tar"])).Where(static e => e.Type == '5').Select(static e => e.Name));
        Assert.Contains("./tmp type=dir mode=1777 ", File.ReadAllText(_s.Record), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_lower_layers_give_way_to_added_directories()
    {
        _s.With(Tars.Of(Tars.File("tmp", "a file"), Tars.File("run/f", "x")), Tars.Of(Tars.Whiteout("tmp"), Tars.Whiteout("run")));

        _s.Extract(static r => r with { CreateMountPoints = true });

        Assert.Equal(["dev", "proc", "run", "sys", "tmp", "usr"], Directory.GetFileSystemEntries(_s.Rootfs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_a_request_nothing_is_added() =>
        Assert.Equal(["./", "./f"], ArchiveEntry.Parse(_s.With(Tars.Of(Tars.File("f"))).Tar()).Select(static e => e.Name));

    [Fact]
    public void Another_policy_writes_the_archive_anew()
    {
        _s.With(Tars.Of(Devices));
        byte[] all = _s.Tar();

        byte[] some = _s.Tar(static r => r with { Archive = new ArchiveOptions { Devices = ArchiveDevices.Skip } });

        Assert.NotEqual(all, some);
    }
}
