using System.Diagnostics;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Another program's exit code and output.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs other programs: the engine in a process of its own, and the tools that look at what it made.</summary>
public static class Command
{
    private const string Nobody = "65534";

    public static bool IsRoot { get; } = Environment.IsPrivilegedProcess;

    private static string Runner { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Oci.Rootfs.Runner.dll");

    public static CommandResult Run(string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, error.Result);
    }

    public static Process Start(string program, params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // What the tools say, in words that tests know.
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        })!;

    /// <summary>The engine as an ordinary user: as nobody where the tests run as root, otherwise as whoever runs them.</summary>
    public static CommandResult RunnerAsUser(params string[] arguments) => RunnerUnder(AsUser, arguments);

    public static Process StartRunnerAsUser(params string[] arguments)
    {
        string[] command = [.. AsUser, .. RunnerCommand(arguments)];
        return Start(command[0], command[1..]);
    }

    /// <summary>The engine below another program: strace, prlimit, a shell that sets an umask.</summary>
    public static CommandResult RunnerUnder(IEnumerable<string> wrapper, params string[] arguments)
    {
        string[] command = [.. wrapper, .. RunnerCommand(arguments)];
        return Run(command[0], command[1..]);
    }

    /// <summary>What makes an ordinary user of root; nothing for who is one.</summary>
    public static IReadOnlyList<string> AsUser { get; } = IsRoot ? ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"] : [];

    public static Process StartRunner(params string[] arguments) => Start(Dotnet, [Runner, .. arguments]);

    /// <summary>For programs that run the runner.</summary>
    public static string[] RunnerCommand(params string[] arguments) => [Dotnet, Runner, .. arguments];

    private static string Dotnet { get; } = Environment.ProcessPath is { } path && System.IO.Path.GetFileName(path) == "dotnet"
        ? path
        : System.IO.Path.Combine(Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? RuntimeRoot(), "dotnet");

    /// <summary>From the runtime's own folder, <c>ROOT/shared/Microsoft.NETCore.App/VERSION</c>.</summary>
    private static string RuntimeRoot() => System.IO.Path.GetFullPath(System.IO.Path.Combine(
        System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
