namespace Oci.Rootfs;

/// <summary>What is to be extracted, and where to. All paths are absolute.</summary>
public sealed record RootfsRequest
{
    public required ImageReference Image { get; init; }

    /// <summary>Where the tree goes. Absent, empty, or marked as ours.</summary>
    public required string RootfsDirectory { get; init; }

    /// <summary>The image's short name: the identity of its items in <see cref="OutputKind.ConfigProps"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The files to write besides the tree.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    /// <summary><c>os/architecture[/variant]</c>; null for Linux on this machine's architecture.</summary>
    public string? Platform { get; init; }

    /// <summary>Reference name or manifest digest; null for the only one.</summary>
    public string? Reference { get; init; }

    public Ownership Ownership { get; init; }

    /// <summary>Adds <c>u+rwX</c> on disk, not in the record.</summary>
    public bool MakeWritable { get; init; }

    /// <summary>A directory entry over a link to a directory leaves the link (rule 30).</summary>
    public bool KeepDirectorySymlinks { get; init; }

    /// <summary>The mtime of directories that no layer lists (rule 38), in seconds since the epoch.</summary>
    public long SourceDateEpoch { get; init; }

    /// <summary>Where archives that are compressed as a whole are unpacked; null to refuse them.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>
    /// Whether ISA-L (<c>libisal.so.2</c>) may inflate gzip, and <c>libzstd.so.1</c> zstd, where they are installed; otherwise .NET and
    /// ZstdSharp do it. It changes the time taken and nothing else, but for damaged data of two kinds (docs/security.md).
    /// </summary>
    public bool UseNativeDecoders { get; init; } = true;

    public RootfsLimits Limits { get; init; } = new();

    /// <summary>How many cores to keep busy, from 1. It changes the time taken and nothing else.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Fail, with nothing touched, instead of extracting (MSBuild's <c>-question</c>).</summary>
    public bool FailIfNotUpToDate { get; init; }

    /// <summary>Where messages go; may be called from any thread, never from two at once.</summary>
    public Action<RootfsMessage>? Log { get; init; }

    /// <returns>Null when no such file is asked for.</returns>
    public string? PathOf(OutputKind kind) => Outputs.FirstOrDefault(output => output.Kind == kind)?.Path;

    /// <summary>This request with one file of a kind, in place of those of that kind that it had.</summary>
    /// <param name="kind">What is in the file.</param>
    /// <param name="path">Absolute; null for no such file.</param>
    public RootfsRequest With(OutputKind kind, string? path)
    {
        IEnumerable<RequestedOutput> others = Outputs.Where(output => output.Kind != kind);
        return this with { Outputs = path is null ? [.. others] : [.. others, new RequestedOutput(kind, path)] };
    }
}
