using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Oci.Rootfs.Context;

namespace Oci.Rootfs.Registry;

/// <summary>
/// Asks a program that keeps credentials, as docker and podman do (docker-credential-helpers): <c>docker-credential-NAME get</c>, with the
/// registry on its input.
/// </summary>
internal sealed class CredentialHelper(Func<string, string?> environment, RegistryTimes times, EngineContext context)
{
    private const int MostBytes = 64 << 10, LookMilliseconds = 50;
    private const string NotFound = "credentials not found", TokenUser = "<token>";

    /// <summary>Asks for the credentials of a registry.</summary>
    /// <param name="name">The helper's short name.</param>
    /// <param name="server">The registry as the helper knows it.</param>
    /// <param name="problem">Why there are none, where that is no ordinary answer. It has no text that the helper printed.</param>
    public Credential? Get(string name, string server, out string? problem)
    {
        problem = null;
        string program = $"docker-credential-{name}";
        if (name.Length is 0 or > 100 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            problem = "the name is none of a helper";
        else if (Find(program) is not { } path)
            problem = "there is no such program in PATH";
        else
            return Run(path, program, server, out problem);
        return null;
    }

    private string? Find(string program)
    {
        foreach (string directory in (environment("PATH") ?? "").Split(Path.PathSeparator))
        {
            // A relative directory would be one of the project's, which may be somebody else's.
            if (!Path.IsPathFullyQualified(directory))
                continue;
            foreach (string ending in OperatingSystem.IsWindows() ? [".exe", ".cmd"] : (string[])[""])
            {
                string path = Path.Combine(directory, program + ending);
                if (File.Exists(path))
                    return path;
            }
        }
        return null;
    }

    private Credential? Run(string path, string program, string server, out string? problem)
    {
        ProcessStartInfo start = new(path, ["get"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        try
        {
            using Process process = Process.Start(start)!;
            try
            {
                return Talk(process, program, server, out problem);
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or InvalidOperationException)
        {
            problem = "it can't be started";
            return null;
        }
    }

    private Credential? Talk(Process process, string program, string server, out string? problem)
    {
        problem = null;
        char[] output = new char[MostBytes], noise = new char[MostBytes];
        // Not on threads of ours: a child of the helper may hold its pipes for ever, and these reads are then given up.
        Task<int> reading = process.StandardOutput.ReadBlockAsync(output, 0, output.Length), noises = process.StandardError.ReadBlockAsync(noise, 0, noise.Length);
        Tell(process, server);
        long started = Stopwatch.GetTimestamp();
        while (!(reading.IsCompleted && process.HasExited))
        {
            context.Cancellation.WaitHandle.WaitOne(LookMilliseconds);
            context.ThrowIfCancelled();
            if (reading.IsCompletedSuccessfully && reading.Result == MostBytes)
                break;
            if (Stopwatch.GetElapsedTime(started) < times.Helper)
                continue;
            problem = $"it did not answer within {times.Helper.TotalSeconds:0} seconds";
            return null;
        }
        string text = new(output, 0, reading.IsCompletedSuccessfully ? reading.Result : 0);
        if (!process.HasExited || process.ExitCode == 0)
            return Parse(text, program, out problem);
        Task.WaitAny([noises], LookMilliseconds, context.Cancellation);
        if (!text.Contains(NotFound, StringComparison.OrdinalIgnoreCase) && !new string(noise).Contains(NotFound, StringComparison.OrdinalIgnoreCase))
            problem = $"it failed with exit code {process.ExitCode}";
        return null;
    }

    /// <summary>A helper that knows its answer need not read the question.</summary>
    private static void Tell(Process process, string server)
    {
        try
        {
            process.StandardInput.Write(server);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // What it answers, or its exit code, says more.
        }
    }

    private static Credential? Parse(string text, string program, out string? problem)
    {
        problem = "it did not print what a helper prints";
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            string? user = JsonMember.Text(document.RootElement, "Username"), secret = JsonMember.Text(document.RootElement, "Secret");
            if (user is null || string.IsNullOrEmpty(secret))
                return null;
            problem = null;
            return user == TokenUser ? new Credential("", "", secret, program) : new Credential(user, secret, null, program);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
