using System.Diagnostics;
using System.Text.Json;

namespace Oci.Rootfs.Tests;

/// <summary>What another reader made of an archive.</summary>
internal sealed record PeerReading(string Tool, IReadOnlyList<string> Entries, string? Error)
{
    public override string ToString() => $"{Tool}: {Error?.ReplaceLineEndings(" ") ?? "no error"}{string.Concat(Entries.Select(static e => "\n      " + e))}";
}

/// <summary>Runs <c>peer-tars.py</c>: Python's tarfile, libarchive and GNU tar, as far as they are installed.</summary>
internal static class PeerTools
{
    /// <summary>Null when there is no Python to ask.</summary>
    public static ILookup<string, PeerReading>? Read(IEnumerable<(string Path, bool Contents)> archives)
    {
        ProcessStartInfo start = new("python3", [Path.Combine(AppContext.BaseDirectory, "Tar", "peer-tars.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process? python;
        try
        {
            python = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        using (python)
        {
            // From a thread of its own: both pipes may be full.
            Thread writer = new(() =>
            {
                foreach ((string path, bool contents) in archives)
                    python!.StandardInput.WriteLine($"{(contents ? 1 : 0)} {path}");
                python!.StandardInput.Close();
            });
            writer.Start();
            List<(string File, PeerReading Reading)> readings = [];
            while (python!.StandardOutput.ReadLine() is { } line)
                readings.Add(Parse(line));
            writer.Join();
            python.WaitForExit();
            return readings.ToLookup(static r => r.File, static r => r.Reading);
        }
    }

    private static (string File, PeerReading Reading) Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        string? error = root.TryGetProperty("error", out JsonElement text) ? text.GetString() : null;
        return (root.GetProperty("file").GetString()!,
            new PeerReading(root.GetProperty("tool").GetString()!, [.. root.GetProperty("entries").EnumerateArray().Select(static e => e.GetString()!)], error));
    }
}
