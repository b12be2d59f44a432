using System.Diagnostics;
using System.Runtime.InteropServices;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>A build in a process of its own, stopped (SIGSTOP) in the middle: its first large file is being written.</summary>
internal sealed class StoppedBuild : IDisposable
{
    private readonly Process _process;

    private StoppedBuild(Process process) => _process = process;

    public int Id => _process.Id;

    /// <param name="images">To be made with <c>heavy</c>.</param>
    /// <param name="asUser">Not as root.</param>
    public static StoppedBuild Start(TwoImages images, bool asUser = false)
    {
        string begun = Path.Combine(images.Out, ".rootfs.oci-new", "large0");
        if (Strace.IsHere)
            return new StoppedBuild(StopItself(images.Arguments, begun, asUser));
        // Without strace we have to be quicker than the build.
        Process process = asUser ? Command.StartRunnerAsUser(images.Arguments) : Command.StartRunner(images.Arguments);
        while (!File.Exists(begun))
            Assert.False(process.HasExited, "the build was over before it could be stopped");
        Signal(process, "STOP");
        Assert.True(Directory.Exists(Path.Combine(images.Out, ".rootfs.oci-new")), "the build was over before it could be stopped");
        return new StoppedBuild(process);
    }

    /// <summary>The build stops itself with its first write to the file, however busy the machine is.</summary>
    private static Process StopItself(string[] arguments, string file, bool asUser)
    {
        Process process = Strace.StopAtWrite(file, asUser ? Command.AsUser : [], arguments);
        // strace stops it for moments of its own, too, but not all of its threads once they are at work.
        while (!File.Exists(file) || !IsStopped(process))
            Assert.False(process.HasExited, "the build did not write the file at which it was to stop");
        return process;
    }

    /// <summary>As proc_pid_stat(5) has it: <c>T</c>, or <c>t</c> with a tracer.</summary>
    private static bool IsStopped(Process process) => Directory.GetDirectories($"/proc/{process.Id}/task").All(static thread =>
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[stat.LastIndexOf(')') + 2] is 'T' or 't';
        }
        catch (IOException)
        {
            return true; // This thread has just ended.
        }
    });

    /// <summary>At once: to start kill(1) would give the build the time to end.</summary>
    public static void Signal(Process process, string name)
    {
        int number = name switch { "KILL" => 9, "TERM" => 15, "CONT" => 18, "STOP" => 19, _ => throw new ArgumentException(name) };
        // A process that has ended, but that nobody has waited for, still has its number: it can't be another's.
        _ = Kill(process.Id, number);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    public CommandResult GoOn(string signal = "CONT")
    {
        Signal(_process, signal);
        if (signal != "CONT")
            Signal(_process, "CONT");
        Task<string> error = _process.StandardError.ReadToEndAsync();
        string output = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        return new CommandResult(_process.ExitCode, output, error.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
