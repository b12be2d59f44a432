using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

public sealed class OwnershipTests
{
    private static byte[] Capability => [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ImageLayer Layer => Of(
        Dir("closed", mode: "0000"),
        Dir("readonly", mode: "0555"),
        File("readonly/f", "x", mode: "0444") with { Xattrs = [Xattr("user.note", "hello")] },
        File("secret", "x", mode: "0000", uid: 12, gid: 34),
        File("su", "x", mode: "4755", uid: 0, gid: 0),
        Dir("sticky", mode: "1777"),
        CharDevice("null", 1, 3, mode: "0666"),
        File("ping", "x") with { Xattrs = [Xattr("security.capability", Capability)] },
        Symlink("link", "secret", uid: 12, gid: 34));

    [Fact]
    public void As_an_ordinary_user_contents_and_modes_stand_and_the_rest_is_recorded()
    {
        using Scenario s = new Scenario().With(Layer);

        CommandResult result = s.ExtractAsUser();

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            ["closed d 0", "d 755", "link l 777 secret", "ping f 644", "readonly d 555", "readonly/f f 444", "secret f 0", "sticky d 1777", "su f 755"],
            DiskTree.Of(s.Rootfs));
        string record = System.IO.File.ReadAllText(s.Record);
        Assert.Contains("./su type=file mode=4755 uid=0 gid=0", record, StringComparison.Ordinal);
        Assert.Contains("./secret type=file mode=0000 uid=12 gid=34", record, StringComparison.Ordinal);
        Assert.Contains("./null type=char mode=0666", record, StringComparison.Ordinal);
        Assert.Contains("device=linux,1,3", record, StringComparison.Ordinal);
        Assert.Contains("xattr.security.capability=", record, StringComparison.Ordinal);
        Assert.Single(result.Output.Split('\n'), static l => l.StartsWith("Recorded in the mtree file", StringComparison.Ordinal));
    }

    [Fact]
    public void As_an_ordinary_user_closed_modes_stop_neither_the_next_build_nor_clean()
    {
        using Scenario s = new Scenario().With(Layer);
        Assert.Equal(0, s.ExtractAsUser().ExitCode);
        Assert.Equal(3, s.ExtractAsUser().ExitCode);

        s.With(Layer, Of(File("more", "1")));
        CommandResult replaced = s.ExtractAsUser();
        Assert.True(replaced.ExitCode == 0, replaced.Error);

        CommandResult cleaned = s.CleanAsUser();
        Assert.True(cleaned.ExitCode == 0, cleaned.Error);
        Assert.False(Directory.Exists(s.Rootfs));
        s.ShouldHaveNoLitter();
    }

    [Fact]
    public void MakeWritable_adds_the_owners_permissions_on_disk_only()
    {
        using Scenario s = new Scenario().With(Layer);

        Assert.Equal(0, s.ExtractAsUser("--make-writable").ExitCode);

        IReadOnlyList<string> tree = DiskTree.Of(s.Rootfs);
        Assert.Contains("closed d 700", tree);
        Assert.Contains("readonly d 755", tree);
        Assert.Contains("readonly/f f 644", tree);
        Assert.Contains("secret f 600", tree);
        Assert.Contains("./secret type=file mode=0000", System.IO.File.ReadAllText(s.Record), StringComparison.Ordinal);
    }

    [Fact]
    public void Preserve_fails_for_an_ordinary_user_and_leaves_nothing()
    {
        using Scenario s = new Scenario().With(Layer);

        CommandResult result = s.ExtractAsUser("--ownership", "Preserve");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("OCI5009: Ownership is Preserve, but this process can't set owners", result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(s["out"]));
    }

    [Fact]
    public void As_root_everything_stands_on_disk()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root");
        using Scenario s = new Scenario().With(Layer);

        s.Extract();

        Assert.Equal(
            ["closed d 0", "d 755", "link l 777 secret", "null c 666", "ping f 644", "readonly d 555", "readonly/f f 444", "secret f 0", "sticky d 1777", "su f 4755"],
            DiskTree.Of(s.Rootfs));
        Assert.Contains("secret 12:34", DiskTree.Owners(s.Rootfs));
        Assert.Contains("link 12:34", DiskTree.Owners(s.Rootfs));
        Assert.DoesNotContain(s.Messages, static m => m.Text.StartsWith("Recorded", StringComparison.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(s["out"]));
    }

    [Fact]
    public void As_root_Record_leaves_owners_to_the_manifest()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root");
        using Scenario s = new Scenario().With(Layer);

        s.Extract(static r => r with { Ownership = Ownership.Record });

        Assert.Contains("secret 0:0", DiskTree.Owners(s.Rootfs));
        Assert.Contains("su f 755", DiskTree.Of(s.Rootfs));
        Assert.DoesNotContain(DiskTree.Of(s.Rootfs), static l => l.StartsWith("null", StringComparison.Ordinal));
    }

    [Fact]
    public void The_record_and_the_config_are_the_same_whoever_builds()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to build as two users");
        using Scenario asRoot = new Scenario().With(Layer);
        using Scenario asUser = new Scenario().With(Layer);

        asRoot.Extract();
        Assert.Equal(0, asUser.ExtractAsUser().ExitCode);

        Assert.Equal(System.IO.File.ReadAllBytes(asRoot.Record), System.IO.File.ReadAllBytes(asUser.Record));
        Assert.Equal(System.IO.File.ReadAllBytes(asRoot.Json), System.IO.File.ReadAllBytes(asUser.Json));
        Assert.Equal(System.IO.File.ReadAllBytes(asRoot.Props), System.IO.File.ReadAllBytes(asUser.Props));
    }
}
