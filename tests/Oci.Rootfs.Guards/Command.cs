using System.Diagnostics;

namespace Oci.Rootfs.Guards;

/// <summary>A program that ran: how it was called, its exit code, and what it wrote.</summary>
internal sealed record Command(string Line, int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program to its end, with nothing on its standard input.</summary>
    public static Command Run(string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using Process process = Process.Start(start) ?? throw new CommandException($"{program} did not start");
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Command($"{program} {string.Join(' ', arguments)}", process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>Another exit code means that the program did something else than what the guard measures.</summary>
    public Command Expect(int exitCode) => ExitCode == exitCode
        ? this
        : throw new CommandException($"{Line}: expected exit code {exitCode}, found {ExitCode}\n{Output}\n{Error}");
}
