using Oci.Images;
using Oci.Rootfs.Errors;
using ZstdSharp;

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
        MaxRootfsArchiveBytes = 64 << 20,
    };

    /// <summary>The request of this case, and whether something could stop it that has nothing to do with the image.</summary>
    private RootfsRequest? _request;

    private bool _mayBeCancelled;

    /// <summary>The outcome for the statistics: a code, or another word.</summary>
    public string Outcome { get; private set; } = "";

    /// <summary>The case asked for an archive, and it was compared.</summary>
    public bool HadArchive { get; private set; }

    /// <summary>The files that were compared with the archive's.</summary>
    public int FilesCompared { get; private set; }

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
        wrong ??= place.Damage() ?? ArchiveAlone() ?? AsItShouldBe(hasOld, random);
        if (seconds > MostProcessorSeconds)
            wrong ??= $"it took {seconds:F1} s of the processors";
        if (allocated > MostAllocated)
            wrong ??= $"it took {allocated >> 20} MiB of memory in total";
        return wrong ?? (OpenFiles() is [var open, ..] ? $"'{open}' is left open" : LeftRunning());
    }

    private RootfsRequest Request => new()
    {
        Cores = 1 + (seed % 5),
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
        _mayBeCancelled = random.Next(16) == 0;
        if (_mayBeCancelled)
            cancellation.CancelAfter(TimeSpan.FromMicroseconds(random.Next(1, 20_000)));
        _request = Request with
        {
            KeepDirectorySymlinks = random.Next(3) == 0,
            Ownership = random.Next(3) == 0 ? Ownership.Record : Ownership.Auto,
            UseNativeDecoders = random.Next(4) > 0,
        };
        if (random.Next(2) == 0)
            _request = WithArchive(_request, random);
        (Outcome, string? wrong) = Extract(_request, cancellation.Token);
        return wrong;
    }

    /// <returns>The outcome for the statistics, and the problem; null when all is well.</returns>
    private static (string Outcome, string? Wrong) Extract(RootfsRequest request, CancellationToken cancellation)
    {
        try
        {
            return (RootfsExtractor.Extract(request, cancellation).Extracted ? "extracted" : "up to date", null);
        }
        catch (OciException e)
        {
            return (e.Code, e.Message.AsSpan().ContainsAnyInRange('\0', '\u001f') ? $"a control character in: {e.Message}" : null);
        }
        catch (OperationCanceledException)
        {
            return ("cancelled", null);
        }
        catch (Exception e)
        {
            return ("", e.ToString());
        }
    }

    private RootfsRequest WithArchive(RootfsRequest request, Random random) => request with
    {
        Outputs =
        [
            .. request.Outputs, new(OutputKind.RootfsArchive, place.Archive),
            .. random.Next(4) == 0 ? [new RequestedOutput(OutputKind.RootfsArchive, place.CompressedArchive)] : Array.Empty<RequestedOutput>(),
        ],
        Archive = new ArchiveOptions { HoleThreshold = random.Next(3) switch { 0 => 0, 1 => 1 << 20, _ => 64 << 20 } },
    };

    /// <summary>
    /// The archive is equal to the tree, and one without a directory is equal to it: in every byte, although that one has another ownership,
    /// decoder and number of threads. What the one refuses, the other does; only the file system refuses more.
    /// </summary>
    private string? ArchiveAlone()
    {
        if (_mayBeCancelled || _request?.PathOf(OutputKind.RootfsArchive) is null)
            return null;
        RootfsRequest alone = _request with
        {
            RootfsDirectory = null,
            Outputs = [new(OutputKind.RootfsArchive, place.ArchiveAlone)],
            Ownership = Ownership.Auto,
            UseNativeDecoders = !_request.UseNativeDecoders,
            Cores = 1 + ((seed + 2) % 5),
        };
        (string outcome, string? wrong) = Extract(alone, CancellationToken.None);
        HadArchive = true;
        bool done = Outcome is "extracted" or "up to date", isDone = outcome is "extracted" or "up to date";
        if (wrong is not null)
            return "without a directory: " + wrong;
        if (!done)
            return isDone && !IsOfTheDisk(Outcome) ? $"without a directory there is no {Outcome}" : place.LitterAlone(isDone);
        if (!isDone)
            return $"without a directory: {outcome}";
        ArchiveCheck check = new(place.Record, new TreeFiles(place.Rootfs));
        byte[] archive = File.ReadAllBytes(place.Archive);
        string? difference = check.Difference(archive);
        FilesCompared = check.Compared;
        return difference
            ?? (archive.AsSpan().SequenceEqual(File.ReadAllBytes(place.ArchiveAlone)) ? null : "the archive without a directory is another one")
            ?? (_request.Outputs.Any(o => o.Path == place.CompressedArchive) && !archive.AsSpan().SequenceEqual(Unzstd(place.CompressedArchive)) ? "the compressed archive is another one" : null)
            ?? place.LitterAlone(isDone);
    }

    /// <summary>Errors of writing: a name that is too long for the file system, for example.</summary>
    private static bool IsOfTheDisk(string code) => code.StartsWith("OCI5", StringComparison.Ordinal);

    private static byte[] Unzstd(string path)
    {
        using DecompressionStream stream = new(File.OpenRead(path), leaveOpen: false);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private string? AsItShouldBe(bool hasOld, Random random)
    {
        bool done = Outcome is "extracted" or "up to date";
        if (place.Litter(done || hasOld, mayHaveRemains: done && hasOld && _mayBeCancelled) is { } litter)
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
        return Directory.Exists(place.Rootfs) || File.Exists(place["out/.rootfs.oci"]) ? "Clean left something" : place.Litter(mayHaveTree: true, mayHaveRemains: false);
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
