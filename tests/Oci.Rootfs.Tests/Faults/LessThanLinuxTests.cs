using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>File systems that hold less than an image has, most of them without saying so.</summary>
public sealed class LessThanLinuxTests
{
    private static ImageLayer Layer => Of(File("mine", "x", mode: "0600", uid: 12, gid: 34), File("su", "x", mode: "4755"), Dir("closed", mode: "0700"));

    [Fact]
    public void A_file_system_that_ignores_chmod_and_chown_and_answers_0_leaves_both_to_the_record()
    {
        using TempDirectory below = new();
        using Mounted disk = Mounted.ThatIgnores(below.Path);
        using Scenario s = new Scenario(disk.Path).With(Layer);

        s.Extract();

        string said = Assert.Single(s.Messages, static m => m.Text.StartsWith("Recorded", StringComparison.Ordinal)).Text;
        Assert.Contains("1 owners, 1 setuid or setgid bits, 4 modes", said, StringComparison.Ordinal);
        Assert.Contains("chmod: the file system changes nothing", said, StringComparison.Ordinal);
        Assert.Contains("chown: the file system changes nothing", said, StringComparison.Ordinal);
        Assert.False(s.Extract().Extracted);
        OciException error = s.Fails(static r => r with { Ownership = Ownership.Preserve });
        Assert.Equal("OCI5009", error.Code);
        s.ShouldHaveNoLitter();
    }

    [Fact]
    public void A_chmod_that_answers_0_and_does_nothing_leaves_modes_to_the_record()
    {
        using Scenario s = new Scenario().With(Layer);

        CommandResult result = Strace.Inject(["fchmod:retval=0", "chmod:retval=0"], s.Arguments());

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains(" 4 modes", result.Output, StringComparison.Ordinal);
        // Files are made with the right mode, as far as that goes.
        Assert.Contains("mine f 600", DiskTree.Of(s.Rootfs));
        Assert.Equal(1, Strace.Inject(["fchmod:retval=0"], s.Arguments("--ownership", "Preserve")).ExitCode);
    }

    [Fact]
    public void A_chown_that_answers_0_and_does_nothing_leaves_owners_to_the_record()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which may set owners");
        using Scenario s = new Scenario().With(Layer);

        CommandResult result = Strace.Inject(["fchown:retval=0", "fchownat:retval=0"], s.Arguments());

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("1 owners, 1 setuid or setgid bits (chown: the file system changes nothing)", result.Output, StringComparison.Ordinal);
        Assert.Contains("su f 755", DiskTree.Of(s.Rootfs));
    }

    [Fact]
    public void An_attribute_that_is_set_and_not_there_is_recorded()
    {
        using Scenario s = new Scenario().With(Of(File("f", "x") with { Xattrs = [Xattr("user.note", "1")] }));

        CommandResult result = Strace.Inject(["fsetxattr:retval=0"], s.Arguments());

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("1 paths' extended attributes", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_FUSE_makes_as_a_file_and_answers_EIO_stays_out_of_the_tree()
    {
        using Mounted disk = Mounted.FuseExfat();
        using Scenario s = new Scenario(disk.Path).With(Of(File("f", "x", uid: 12), CharDevice("null", 1, 3)));

        s.Extract();

        Assert.Equal(["d 777", "f f 777"], DiskTree.Of(s.Rootfs));
        string said = Assert.Single(s.Messages, static m => m.Text.StartsWith("Recorded", StringComparison.Ordinal)).Text;
        Assert.Contains("1 devices", said, StringComparison.Ordinal);
        Assert.Contains("mknod: the file system makes something else", said, StringComparison.Ordinal);
        s.ShouldHaveNoLitter();
    }

    [Fact]
    public void Times_after_2038_are_clamped_with_a_warning_on_ext4_with_small_inodes_rule_81()
    {
        using Mounted disk = Mounted.SmallExt4();
        using Scenario s = new Scenario(disk.Path).With(Of(File("late", "x", mtime: 1L << 33), File("early", "x", mtime: -5), File("last", "x", mtime: int.MaxValue)));

        s.Extract();

        s.AndWarns("OCI5102");
        Assert.Contains(s.Messages, static m => m.Code == "OCI5102" && m.Text.Contains("'late'", StringComparison.Ordinal));
        IReadOnlyList<string> times = DiskTree.Times(s.Rootfs);
        Assert.Contains(times, static l => l.StartsWith("late 2147483647.0", StringComparison.Ordinal));
        Assert.Contains(times, static l => l.StartsWith("early -5.0", StringComparison.Ordinal));
        Assert.Contains("time=8589934592.0", System.IO.File.ReadAllText(s.Record), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linkat", "EPERM", "OCI5017", "hardlinks")]
    [InlineData("symlinkat", "EPERM", "OCI5017", "symbolic links")]
    [InlineData("symlinkat", "ENOSYS", "OCI5017", "symbolic links")]
    [InlineData("linkat", "EMLINK", "OCI5006", "btrfs 65,535")]
    [InlineData("linkat", "EIO", "OCI5020", "dmesg")]
    [InlineData("linkat", "EMFILE", "OCI5018", "ulimit -n")]
    public void What_the_file_system_has_none_of_is_told_as_that(string call, string error, string code, string text)
    {
        using Scenario s = new Scenario().With(Of(File("f", "x"), Hardlink("g", "f"), Symlink("s", "f")));

        CommandResult result = Strace.Inject([$"{call}:error={error}"], s.Arguments());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(code, result.Error, StringComparison.Ordinal);
        Assert.Contains(text, result.Error, StringComparison.Ordinal);
    }
}
