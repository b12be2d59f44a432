using System.Diagnostics;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>The runner with system calls that fail, or that are its last, as strace(1) has it: <c>-e inject=CALL:WHAT</c>.</summary>
internal static class Strace
{
    public static bool IsHere { get; } = Usable();

    public static void SkipUnlessUsable() => Assert.SkipUnless(IsHere, "needs strace, and the right to trace a process");

    public static CommandResult Fail(string call, string error, int number, string[] arguments, params string[] options) =>
        Run(["--seccomp-bpf", "-e", "trace=" + call, "-e", $"inject={call}:error={error}:when={number}", .. options], arguments);

    /// <summary>Calls that fail, or that answer 0 and do nothing (<c>retval=0</c>), as strace(1)'s <c>inject</c> has it.</summary>
    public static CommandResult Inject(string[] injections, string[] arguments, params string[] options) =>
        Run(["--seccomp-bpf", "-e", "trace=" + string.Join(',', injections.Select(static i => i.Split(':')[0])), .. injections.SelectMany(static i => (string[])["-e", "inject=" + i]), .. options], arguments);

    public static CommandResult FailAll(string call, string error, string[] arguments) =>
        Run(["--seccomp-bpf", "-e", "trace=" + call, "-e", $"inject={call}:error={error}"], arguments);

    /// <summary>A read that fails, and all after it.</summary>
    public static CommandResult FailReads(string file, int from, string[] arguments) =>
        Run(["--seccomp-bpf", "-e", "trace=pread64", "-e", $"inject=pread64:error=EIO:when={from}+", "-P", file], arguments);

    /// <summary>The filter that lets all other calls run at full speed knows no signals.</summary>
    public static CommandResult Kill(string call, int number, string[] arguments) =>
        Run(["-e", "trace=" + call, "-e", $"inject={call}:signal=KILL:when={number}"], arguments);

    public static CommandResult KillAtWrite(string file, string[] arguments) =>
        Run(["-e", "trace=pwrite64", "-e", "inject=pwrite64:signal=KILL:when=1", "-P", file], arguments);

    /// <summary>
    /// The first call on a file fails so, and has the process stop (SIGSTOP) before it hears of it. The process that is returned is the
    /// runner itself: strace runs beside it.
    /// </summary>
    public static Process StopAt(string call, string error, string file, string[] arguments)
    {
        SkipUnlessUsable();
        return Command.Start("strace",
            ["-D", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + call, "-e", $"inject={call}:error={error}:signal=STOP:when=1", "-P", file, .. Command.RunnerCommand(arguments)]);
    }

    /// <summary>The first write to a file stops the process (SIGSTOP). The process that is returned is the runner itself.</summary>
    public static Process StopAtWrite(string file, IReadOnlyList<string> user, string[] arguments)
    {
        string[] command = [.. user, "strace", "-D", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", "inject=pwrite64:signal=STOP:when=1", "-P", file, .. Command.RunnerCommand(arguments)];
        return Command.Start(command[0], command[1..]);
    }

    private static CommandResult Run(string[] options, string[] arguments)
    {
        SkipUnlessUsable();
        return Command.Run("strace", ["-f", "-qqq", "-o", "/dev/null", "-E", "DOTNET_EnableDiagnostics=0", .. options, .. Command.RunnerCommand(arguments)]);
    }

    private static bool Usable()
    {
        try
        {
            return Command.Run("strace", "-o", "/dev/null", "true").ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
