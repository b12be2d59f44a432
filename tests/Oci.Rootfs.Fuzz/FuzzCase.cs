using Oci.Images;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Fuzz;

/// <summary>Runs one image through the whole engine, and checks everything that must hold afterwards.</summary>
internal sealed class FuzzCase(FuzzPlace place, int seed, FuzzKind kind, IReadOnlyList<byte[]> peers)
{
    private const long MostAllocated = 256L << 20;
    private const double MostProcessorSeconds = 10;

    private static readonly byte[] OldImage = Image.Of(Tars.Of(Tars.File("old", "old"))).For(null).ToLayout().ToArchive();

    private static readonly RootfsLimits Limits = new()
    {
        MaxUncompressedBytes = 16 << 20,
        MaxFileBytes = 64 << 20,
        MaxNodes = 20_000,
        MaxNameBytes = 4 << 20,
        MaxPathDepth = 200,
        MaxResolutionSteps = 5000,
        MaxJsonBytes = 1 << 20,
        MaxTarHeaderBytes = 64 << 10,
        MaxMtreeBytes = 16 << 20,
    };

    /// <summary>The outcome for the statistics: a code, or another word.</summary>
    public string Outcome { get; private set; } = "";

    /// <summary>The problem; null when all is well.</summary>
    public string? Run()
    {
        Random random = new(seed);
        place.Reset();
        bool hasOld = random.Next(4) == 0 && ExtractOld();
        File.WriteAllBytes(place.Image, new FuzzImage(random, peers).Make(kind));
        long allocated = GC.GetTotalAllocatedBytes();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        string? wrong = Extract(random);
        double seconds = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        wrong ??= place.Damage() ?? AsItShouldBe(hasOld, random);
        if (seconds > MostProcessorSeconds)
            wrong ??= $"it took {seconds:F1} s of the processors";
        if (allocated > MostAllocated)
            wrong ??= $"it took {allocated >> 20} MiB of memory in total";
        return wrong ?? (OpenFiles() is [var open, ..] ? $"'{open}' is left open" : LeftRunning());
    }

    private RootfsRequest Request => new()
    {
        Image = place.Image,
        RootfsDirectory = place.Rootfs,
        Name = "image",
        Outputs =
        [
            new(OutputKind.ConfigJson, place["out/config.json"]), new(OutputKind.ConfigProps, place["out/config.props"]), new(OutputKind.Mtree, place.Record),
        ],
        Limits = Limits,
        Platform = "linux/amd64",
    };

    private string? Extract(Random random)
    {
        using CancellationTokenSource cancellation = new();
        if (random.Next(16) == 0)
            cancellation.CancelAfter(TimeSpan.FromMicroseconds(random.Next(1, 20_000)));
        try
        {
            RootfsResult result = RootfsExtractor.Extract(
                Request with
                {
                    KeepDirectorySymlinks = random.Next(3) == 0,
                    Ownership = random.Next(3) == 0 ? Ownership.Record : Ownership.Auto,
                    UseNativeDecoders = random.Next(4) > 0,
                },
                cancellation.Token);
            Outcome = result.Extracted ? "extracted" : "up to date";
            return null;
        }
        catch (OciException e)
        {
            Outcome = e.Code;
            return e.Message.AsSpan().ContainsAnyInRange('\0', '\u001f') ? $"a control character in: {e.Message}" : null;
        }
        catch (OperationCanceledException)
        {
            Outcome = "cancelled";
            return null;
        }
        catch (Exception e)
        {
            return e.ToString();
        }
    }

    private string? AsItShouldBe(bool hasOld, Random random)
    {
        bool done = Outcome is "extracted" or "up to date";
        if (place.Litter(done || hasOld) is { } litter)
            return litter;
        if (done)
            return place.Incomplete() ?? (random.Next(8) == 0 ? Cleaned() : null);
        if (!hasOld)
            return Directory.Exists(place.Rootfs) ? "a tree stands after a failure" : null;
        return File.ReadAllText(Path.Combine(place.Rootfs, "old")) == "old" && !ExtractOld() ? null : "the old tree is not what it was";
    }

    /// <returns>True when the engine had work to do.</returns>
    private bool ExtractOld()
    {
        File.WriteAllBytes(place.Image, OldImage);
        return RootfsExtractor.Extract(Request).Extracted;
    }

    private string? Cleaned()
    {
        RootfsExtractor.Clean(place.Rootfs);
        return Directory.Exists(place.Rootfs) || File.Exists(place["out/.rootfs.oci"]) ? "Clean left something" : place.Litter(mayHaveTree: true);
    }

    /// <summary>The kernel may show a joined thread a moment longer.</summary>
    private static string? LeftRunning()
    {
        SpinWait.SpinUntil(static () => Threads().Length == 0, TimeSpan.FromSeconds(5));
        return Threads() is [var first, ..] ? $"a thread '{first}' is left" : null;
    }

    /// <summary>A case reads and writes only below one directory. Files that the runtime opens for itself are elsewhere.</summary>
    private string[] OpenFiles() => [.. Directory.GetFiles("/proc/self/fd").Select(static f => new FileInfo(f).LinkTarget ?? "").Where(f => f.StartsWith(place.Directory + "/", StringComparison.Ordinal))];

    /// <summary>The engine's own threads. They have names.</summary>
    private static string[] Threads() =>
        [.. Directory.GetDirectories("/proc/self/task").Select(NameOf).Where(static name => name.StartsWith("OCI ", StringComparison.Ordinal))];

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
        }
        catch (IOException)
        {
            return ""; // It has just ended.
        }
    }
}
