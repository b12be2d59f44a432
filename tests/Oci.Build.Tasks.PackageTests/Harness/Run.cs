using System.Diagnostics;
using System.Text;

namespace Oci.Build.Tasks.PackageTests.Harness;

/// <summary>One run of a command, most often <c>dotnet</c>, to its end.</summary>
internal sealed record Run(bool Succeeded, string Output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static Run Dotnet(string directory, params string[] arguments) =>
        Command(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", directory, arguments);

    public static Run Command(string command, string directory, params string[] arguments)
    {
        ProcessStartInfo start = new(command, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test's own dotnet sets these variables for its children. A user's build does not have them.
        foreach (string name in start.Environment.Keys.Where(static n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        StringBuilder output = new();
        using Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} {string.Join(' ', arguments)} has not ended in {Patience}:\n{output}");
        }
        process.WaitForExit();
        return new Run(process.ExitCode == 0, output.ToString());
    }

    public Run MustSucceed()
    {
        Assert.True(Succeeded, Output);
        return this;
    }

    public Run MustFail(string code)
    {
        Assert.False(Succeeded, Output);
        Assert.Contains($"error {code}:", Output, StringComparison.Ordinal);
        return this;
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
            output.AppendLine(line);
    }
}
