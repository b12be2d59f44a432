using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>What a consumer of an archive requires, and the warning where it is missing.</summary>
public sealed class ConsumerCheckTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    private static TarPart Init => Tars.File("sbin/init", "x", "0755");

    [Theory]
    [InlineData(ArchiveConsumers.Proxmox, ".tar.zst")]
    [InlineData(ArchiveConsumers.Lxc, ".tar.zst")]
    [InlineData(ArchiveConsumers.Incus, ".tar.gz")]
    [InlineData(ArchiveConsumers.Nspawn, ".tar.gz")]
    [InlineData(ArchiveConsumers.Wsl, ".wsl")]
    [InlineData(ArchiveConsumers.Wsl, ".tar")]
    public void A_whole_distribution_is_taken(ArchiveConsumers consumer, string suffix) =>
        Assert.Empty(Warnings(consumer, suffix, Devices(ArchiveDevices.Keep),
            Tars.Symlink("bin", "usr/bin"), Tars.Symlink("sbin", "usr/bin"), Tars.File("usr/bin/init", "x", "0755"), Tars.File("usr/bin/dash", "\x7fELF and more", "0755"), Tars.Symlink("usr/bin/sh", "dash"),
            Tars.File("usr/lib/os-release", "NAME=x\nID=debian\n"), Tars.Symlink("etc/os-release", "../usr/lib/os-release"), Tars.File("etc/passwd", "root:x:0:0::/root:/bin/sh\nbin:x:1:1:::\n"),
            Tars.File("etc/wsl-distribution.conf", ""), Tars.CharDevice("dev/null", 1, 3), Tars.CharDevice("whiteout", 0, 0), Tars.File("most", uid: 65535, gid: 65535)));

    [Theory]
    [InlineData(ArchiveConsumers.Proxmox, "OCI6361")]
    [InlineData(ArchiveConsumers.Lxc, "OCI6363")]
    [InlineData(ArchiveConsumers.Incus, "OCI6364")]
    public void A_system_container_needs_an_init(ArchiveConsumers consumer, string code)
    {
        Assert.Equal([code], Codes(consumer, ".tar.gz", Tars.File("sbin/init", "x", "0644")));
        Assert.Equal([code], Codes(consumer, ".tar.gz", Tars.Symlink("sbin/init", "/nowhere")));
        Assert.Equal([code], Codes(consumer, ".tar.gz", Tars.Symlink("sbin/init", "init")));
        Assert.Empty(Warnings(consumer, ".tar.gz", r => r.With(OutputKind.LxcConfig, _s["out/lxc"]), Tars.File("f")));
    }

    [Theory]
    [InlineData(".wsl")]
    [InlineData(".TAR.GZ")]
    public void Proxmox_takes_templates_by_their_names(string suffix) =>
        Assert.Contains("does not take the archive 'image" + suffix, Assert.Single(Warnings(ArchiveConsumers.Proxmox, suffix, null, Init)).Text, StringComparison.Ordinal);

    [Fact]
    public void Proxmox_has_ids_below_65536() => Assert.Contains(
        "2 paths, first 'a'", Assert.Single(Warnings(ArchiveConsumers.Proxmox, ".tar", null, Init, Tars.File("a", uid: 65536), Tars.File("b", gid: 4_000_000_000), Tars.File("c", uid: 65535))).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData(ArchiveDevices.Keep, 1)]
    [InlineData(ArchiveDevices.SkipOutsideDev, 0)]
    [InlineData(ArchiveDevices.Skip, 0)]
    public void Proxmox_makes_no_device_outside_of_dev(ArchiveDevices devices, int expected)
    {
        List<RootfsMessage> warnings = Warnings(ArchiveConsumers.Proxmox, ".tar", Devices(devices), Init, Tars.BlockDevice("srv/disk", 8, 0), Tars.CharDevice("dev/null", 1, 3), Tars.CharDevice("wh", 0, 0));

        Assert.Equal(expected, warnings.Count);
        Assert.All(warnings, static w => Assert.Contains("'srv/disk'", w.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ID=wolfi\n", true)]
    [InlineData("ID=debian\n#ID=x\nID=\"photon\"\n", true)]
    [InlineData("NAME=none\n", true)]
    [InlineData("", true)]
    [InlineData("ID='alpine'\n", false)]
    [InlineData("ID=opensuse-leap\nID_LIKE=suse", false)]
    public void Proxmox_knows_some_distributions(string osRelease, bool warns) =>
        Assert.Equal(warns ? ["OCI6361"] : [], Codes(ArchiveConsumers.Proxmox, ".tar", Init, Tars.File("etc/os-release", osRelease)));

    [Fact]
    public void Proxmox_guesses_a_distribution_by_a_file() =>
        Assert.Empty(Codes(ArchiveConsumers.Proxmox, ".tar", Init, Tars.File("etc/os-release", "ID=kali\n"), Tars.File("etc/debian_version", "12\n")));

    [Theory]
    [InlineData(".tar.zst", "OCI6365", "OCI6365")]
    [InlineData(".tar.gz", "OCI6365")]
    public void Nspawn_needs_usr_and_gzip(string suffix, params string[] codes) => Assert.Equal(codes, Codes(ArchiveConsumers.Nspawn, suffix, Tars.File("usr", "a file")));

    [Fact]
    public void Mount_points_are_enough_for_nspawn() => Assert.Empty(Warnings(ArchiveConsumers.Nspawn, ".tar", static r => r with { CreateMountPoints = true }, Tars.File("f")));

    [Fact]
    public void WSL_needs_its_configuration_users_and_a_shell()
    {
        string[] texts = [.. Warnings(ArchiveConsumers.Wsl, ".tar.zst", null, Tars.File("f")).Select(static w => w.Text)];

        Assert.Equal(4, texts.Length);
        Assert.Contains("'image.tar.zst'", texts[0], StringComparison.Ordinal);
        Assert.Contains("no file /etc/wsl-distribution.conf", texts[1], StringComparison.Ordinal);
        Assert.Contains("no file /etc/passwd", texts[2], StringComparison.Ordinal);
        Assert.Contains("no file /bin/sh", texts[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("toor:x:0:0:::\n", "The user 0 in /etc/passwd is 'toor'")]
    [InlineData("bin:x:1:1:::\n", "no user 0")]
    [InlineData("", "no user 0")]
    [InlineData("root:x:0:0:::\na:x:5:5:::\nb:x:5:6:::\n", "the user 5 more than once")]
    public void WSL_reads_the_users(string passwd, string expected) => Assert.Contains(expected, Assert.Single(
        Warnings(ArchiveConsumers.Wsl, ".wsl", null, Tars.File("etc/wsl-distribution.conf", "x"), Tars.File("etc/passwd", passwd), Tars.File("bin/sh", "\x7fELF", "0755"))).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("#!/bin/x", "0755", 0, "no ELF program")]
    [InlineData("\x7fELF", "0700", 0, "has the mode 0700")]
    [InlineData("\x7fELF", "0755", 7, "the owner 7:0")]
    [InlineData("", "0755", 0, "no ELF program")]
    public void WSL_starts_the_shell(string content, string mode, int owner, string expected) => Assert.Contains(expected, Assert.Single(
        Warnings(ArchiveConsumers.Wsl, ".wsl", null, Tars.File("etc/wsl-distribution.conf", "x"), Tars.File("etc/passwd", "root:x:0:0:::\n"), Tars.File("bin/sh", content, mode, owner))).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("*", 4)]
    [InlineData("user.*", 3)]
    public void WSL_wants_no_attributes_of_security_modules(string xattrs, int warnings) => Assert.Equal(warnings, Warnings(
        ArchiveConsumers.Wsl, ".wsl", r => r with { Archive = r.Archive with { Xattrs = [xattrs] } }, Tars.File("f") with { Xattrs = [Tars.Xattr("security.selinux", "x"), Tars.Xattr("security.ima", "x")] }).Count);

    [Fact]
    public void A_hostile_text_of_the_image_is_shown_safely() => Assert.DoesNotContain(
        Warnings(ArchiveConsumers.Proxmox, ".tar", null, Init, Tars.File("etc/os-release", "ID=\"\x1b[31m##vso[task]\"\n")), static w => w.Text.Contains('\x1b', StringComparison.Ordinal) || w.Text.Contains("##vso", StringComparison.Ordinal));

    [Fact]
    public void With_a_directory_the_same_is_checked()
    {
        _s.With(Tars.Of(Tars.File("etc/os-release", "ID=wolfi\n"), Init));

        _s.Extract(r => r.AndArchives(_s["a.tar"]) with { Archive = new ArchiveOptions { For = ArchiveConsumers.Proxmox } });

        Assert.Contains(_s.Messages, static m => m.Code == "OCI6361" && m.Text.Contains("'wolfi'", StringComparison.Ordinal));
    }

    private static Func<RootfsRequest, RootfsRequest> Devices(ArchiveDevices devices) => r => r with { Archive = r.Archive with { Devices = devices } };

    private string[] Codes(ArchiveConsumers consumer, string suffix, params TarPart[] layer) => [.. Warnings(consumer, suffix, null, layer).Select(static w => w.Code!)];

    private List<RootfsMessage> Warnings(ArchiveConsumers consumer, string suffix, Func<RootfsRequest, RootfsRequest>? change, params TarPart[] layer)
    {
        _s.Messages.Clear();
        _s.With(Tars.Of(layer)).Extract(r =>
        {
            r = r.OnlyArchives(_s.Archive(suffix)) with { Archive = new ArchiveOptions { For = consumer } };
            return change is null ? r : change(r);
        });
        return [.. _s.Messages.Where(static m => m.Kind == RootfsMessageKind.Warning && m.Code is not "OCI4152")];
    }
}
