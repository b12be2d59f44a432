using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>What is decided from a trial, what is not, and when it is tried again.</summary>
public sealed class ProbeTests : IDisposable
{
    private readonly Scenario _s = new Scenario().With(Of(File("mine", "x", uid: 12, gid: 34), Fifo("pipe"), CharDevice("null", 1, 3), File("note", "x") with { Xattrs = [Xattr("user.note", "1")] }));

    public static TheoryData<string, string, string> Faults => new()
    {
        { "fchown", "EIO", "OCI5020" },
        { "fchown", "ENOSPC", "OCI5003" },
        { "fchown", "EDQUOT", "OCI5003" },
        { "fchmod", "EIO", "OCI5020" },
        { "fsetxattr", "EDQUOT", "OCI5003" },
        { "fsetxattr", "EIO", "OCI5020" },
        { "mknodat", "EIO", "OCI5020" },
        { "mknodat", "ENOSPC", "OCI5003" },
        { "utimensat", "EIO", "OCI5020" },
    };

    public void Dispose() => _s.Dispose();

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_of_the_disk_decides_nothing_and_is_an_error(string call, string error, string code)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which tries all");

        CommandResult result = Strace.Inject([$"{call}:error={error}"], _s.Arguments());

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(code, result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_s.Out));
        Assert.Equal(0, Command.RunnerUnder([], _s.Arguments()).ExitCode);
    }

    [Theory]
    [InlineData("fchown", "EPERM", "owners")]
    [InlineData("mknodat", "ENOSYS", "devices")]
    [InlineData("fsetxattr", "EOPNOTSUPP", "paths' extended attributes")]
    [InlineData("utimensat", "EPERM", "times")]
    [InlineData("fchmod", "EACCES", "modes")]
    public void A_tree_that_was_made_with_less_is_made_anew_when_more_is_possible(string call, string error, string recorded)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which may set all");
        _s.With(Of(File("mine", "x", uid: 12, gid: 34), CharDevice("null", 1, 3), File("note", "x") with { Xattrs = [Xattr("user.note", "1")] }));
        string[] injections = [$"{call}:error={error}"];
        CommandResult less = Strace.Inject(injections, _s.Arguments());
        Assert.True(less.ExitCode == 0, less.Error);
        Assert.Contains(recorded, less.Output, StringComparison.Ordinal);

        Assert.Equal(3, Strace.Inject(injections, _s.Arguments()).ExitCode);
        _s.ShouldHaveNoLitter();
        Assert.Equal(3, Command.RunnerUnder([], _s.Arguments("--question")).ExitCode);
        CommandResult more = Command.RunnerUnder([], _s.Arguments());

        Assert.True(more.ExitCode == 0, more.Error);
        Assert.DoesNotContain("Recorded", more.Output, StringComparison.Ordinal);
        Assert.Equal(3, Command.RunnerUnder([], _s.Arguments()).ExitCode);
    }

    [Fact]
    public void A_trial_that_the_disk_fails_leaves_a_tree_up_to_date()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which may set all");
        Assert.Equal(0, Strace.Inject(["fchown:error=EPERM"], _s.Arguments()).ExitCode);

        Assert.Equal(3, Strace.Inject(["fchown:error=EIO"], _s.Arguments()).ExitCode);
        Assert.Equal(3, Strace.Inject(["mkdirat:error=EROFS"], _s.Arguments()).ExitCode);
        _s.ShouldHaveNoLitter();
    }

    [Fact]
    public void Nothing_is_tried_for_a_tree_that_lacks_nothing()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which may set all");
        Assert.Equal(0, Command.RunnerUnder([], _s.Arguments()).ExitCode);

        Assert.Equal(3, Strace.Kill("mkdirat", 1, _s.Arguments()).ExitCode);
    }

    [Fact]
    public void Nothing_is_tried_for_what_an_ordinary_user_may_not_do_anyway()
    {
        Assert.Equal(0, _s.ExtractAsUser().ExitCode);
        string stateFile = Path.Combine(_s.Out, ".rootfs.oci");
        Assert.Contains("Owners", System.IO.File.ReadAllText(stateFile), StringComparison.Ordinal);
        Command.Run("chmod", "a-w", _s.Out);

        Assert.Equal(3, _s.ExtractAsUser().ExitCode);
    }

    [Theory]
    [InlineData("fchown", 1, "1 owners")] // A writer thread's first: what comes first in the main thread is of no account.
    [InlineData("utimensat", 7, "5 times")]
    [InlineData("mknodat", 2, "1 devices")]
    public void A_refusal_that_only_the_extraction_meets_is_recorded_and_not_tried_for_ever(string call, int number, string recorded)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which may set all");

        CommandResult result = Strace.Inject([string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{call}:error=EPERM:when={number}")], _s.Arguments());

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains(recorded, result.Output, StringComparison.Ordinal);
        _s.ShouldHaveNoLitter();
        Assert.Equal(3, Command.RunnerUnder([], _s.Arguments()).ExitCode);
    }

    [Fact]
    public void What_a_refused_kind_takes_with_it_is_not_tried_for_ever_either()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which may set all");
        _s.With(Of(File("mine", "x", uid: 12, gid: 34), File("su", "x", mode: "4755")));

        CommandResult result = Strace.Inject(["fchown:error=EPERM:when=1"], _s.Arguments());

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("1 owners, 1 setuid or setgid bits", result.Output, StringComparison.Ordinal);
        Assert.Equal(3, Command.RunnerUnder([], _s.Arguments()).ExitCode);
    }

    [Theory]
    [InlineData("EMFILE", "OCI5018")]
    [InlineData("ENFILE", "OCI5018")]
    [InlineData("EIO", "OCI1015")]
    public void An_image_that_cannot_be_opened_for_want_of_descriptors_is_told_as_that(string error, string code)
    {
        CommandResult result = Strace.Inject([$"openat:error={error}", $"open:error={error}"], _s.Arguments(), "-P", _s.Image);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(code + ": ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/self/status", "EACCES", "OCI5019")]
    [InlineData("/proc/self/uid_map", "EACCES", "OCI5019")]
    [InlineData("/proc/self/gid_map", "EIO", "OCI5019")]
    [InlineData("/proc/self/mountinfo", "EACCES", "OCI5019")]
    [InlineData("/proc/self/status", "ENOENT", "OCI5019")]
    [InlineData("/proc/self/uid_map", "EMFILE", "OCI5018")]
    [InlineData("/proc/self/mountinfo", "ENFILE", "OCI5018")]
    public void What_the_system_does_not_tell_about_this_process_is_a_coded_error(string file, string error, string code)
    {
        CommandResult result = Strace.Inject([$"openat:error={error}"], _s.Arguments(), "-P", file);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(code + ": ", result.Error, StringComparison.Ordinal);
        Assert.Contains($"'{file}'", result.Error, StringComparison.Ordinal);
    }
}
