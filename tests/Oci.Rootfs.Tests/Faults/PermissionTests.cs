using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>Permissions and abilities that the destination's place lacks, from the start or all at once.</summary>
public sealed class PermissionTests
{
    [Fact]
    public void Permission_lost_midway_leaves_the_old_tree()
    {
        using TwoImages images = new(heavy: true);
        string[] old = [.. images.Arguments];
        old[1] = images.OldImage;
        Assert.Equal(0, Command.RunnerAsUser(old).ExitCode);
        using StoppedBuild build = StoppedBuild.Start(images, asUser: true);

        Command.Run("chmod", "0555", images.Out);
        CommandResult result = build.GoOn();

        Assert.Equal(1, result.ExitCode);
        Assert.Matches("^OCI50(04|11): ", result.Error);
        Assert.True(images.IsOld());
        Command.Run("chmod", "0755", images.Out);
        CommandResult next = Command.RunnerAsUser(images.Arguments);
        Assert.True(next.ExitCode == 0, next.Error);
        Assert.True(images.IsNew());
        images.ShouldHaveNoLitter();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_read_only_place_is_a_coded_error_and_the_old_tree_stays(bool hasOld)
    {
        using Mounted disk = Mounted.Tmpfs("size=64m");
        using TwoImages images = new(disk.Path);
        if (hasOld)
            images.WithOld();
        disk.Remount("ro");

        OciException error = Assert.Throws<OciException>(() => RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken));

        Assert.Equal(hasOld ? "OCI5004" : "OCI5014", error.Code);
        images.ShouldBeUntouched(hasOld);
        disk.Remount("rw");
        images.NextBuildMakesTheNewTree();
    }

    [Fact]
    public void A_file_system_without_extended_attributes_holds_the_tree_and_the_record_the_attributes()
    {
        using Mounted disk = Mounted.Ramfs();
        using TwoImages images = new(disk.Path);

        Assert.True(RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken).Extracted);

        Assert.True(images.IsNew());
        Assert.Contains(images.Messages, static m => m.Text.Contains("1 paths' extended attributes", StringComparison.Ordinal));
        Assert.Contains(File.ReadLines(images.Record), static l => l.StartsWith("./noted ", StringComparison.Ordinal) && l.Contains(" xattr.user.note=aGVsbG8=", StringComparison.Ordinal));
    }

    [Fact]
    public void Preserve_on_a_file_system_without_extended_attributes_is_an_error_and_leaves_nothing()
    {
        using Mounted disk = Mounted.Ramfs();
        using TwoImages images = new(disk.Path);

        OciException error = Assert.Throws<OciException>(() =>
            RootfsExtractor.Extract(images.Request with { Ownership = Ownership.Preserve }, TestContext.Current.CancellationToken));

        Assert.Equal("OCI5009", error.Code);
        Assert.False(Path.Exists(images.Out));
    }

    [Fact]
    public void An_output_that_can_no_longer_be_read_is_no_reason_to_fail_when_nothing_is_to_do()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to build as another user");
        using TwoImages images = new();
        Assert.Equal(0, Command.RunnerAsUser(images.Arguments).ExitCode);
        Command.Run("chown", "0:0", images.Json);
        Command.Run("chmod", "0600", images.Json);

        CommandResult again = Command.RunnerAsUser(images.Arguments);

        Assert.True(again.ExitCode == 3, again.Error);
    }
}
