using Oci.Rootfs.Errors;

namespace Oci.Rootfs;

/// <summary>Input and output of an extraction. All paths are absolute.</summary>
public sealed record RootfsRequest
{
    public required ImageReference Image { get; init; }

    /// <summary>
    /// The directory of the tree. It must be absent, empty, or ours according to its state file. Null for no directory: then the request
    /// has an archive at least, and needs nothing that only Linux has.
    /// </summary>
    public required string? RootfsDirectory { get; init; }

    /// <summary>The image's short name: the identity of its items in <see cref="OutputKind.ConfigProps"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The files to write besides the tree.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    /// <summary><c>os/architecture[/variant]</c>; null for Linux on this machine's architecture.</summary>
    public string? Platform { get; init; }

    /// <summary>Reference name or manifest digest; null for the only one.</summary>
    public string? Reference { get; init; }

    public Ownership Ownership { get; init; }

    /// <summary>Adds <c>u+rwX</c> on disk. The mtree file keeps the image's modes.</summary>
    public bool MakeWritable { get; init; }

    /// <summary>A directory entry over a link to a directory leaves the link (rule 30).</summary>
    public bool KeepDirectorySymlinks { get; init; }

    /// <summary>The mtime of directories that no layer lists (rule 38) and of those that the request adds, in seconds since the epoch.</summary>
    public long SourceDateEpoch { get; init; }

    /// <summary>What the user takes out of the image's tree, and puts on top of it; null for nothing.</summary>
    public OwnFiles? Own { get; init; }

    /// <summary>
    /// Adds <c>/dev</c>, <c>/proc</c>, <c>/run</c>, <c>/sys</c>, <c>/tmp</c> and <c>/usr</c> to a tree that lacks them. The directory, the
    /// mtree file and archives all have them.
    /// </summary>
    public bool CreateMountPoints { get; init; }

    /// <summary>Adds the directories of the image's volumes to a tree that lacks them.</summary>
    public bool CreateVolumes { get; init; }

    /// <summary>How archives of the tree are written.</summary>
    public ArchiveOptions Archive { get; init; } = new();

    /// <summary>How an image archive is written.</summary>
    public ImageArchiveOptions ImageArchive { get; init; } = new();

    /// <summary>
    /// The <c>root.path</c> in <see cref="OutputKind.RuntimeConfig"/>. With null, it is the path of the tree relative to that file's
    /// directory; <c>rootfs</c> without a directory.
    /// </summary>
    public string? RuntimeConfigRoot { get; init; }

    /// <summary>Whether <see cref="OutputKind.RuntimeConfig"/> mounts a tmpfs at each volume of the image.</summary>
    public bool RuntimeConfigTmpfs { get; init; }

    /// <summary>How an image in a registry is found, fetched and kept.</summary>
    public RegistryOptions Registries { get; init; } = new();

    /// <summary>
    /// The directory for unpacking archives that are compressed as a whole. With null, each build unpacks into a file without a name near
    /// the tree.
    /// </summary>
    public string? CacheDirectory { get; init; }

    /// <summary>
    /// Whether ISA-L (<c>libisal.so.2</c>) may inflate gzip, and <c>libzstd.so.1</c> zstd, where they are installed. Otherwise .NET and
    /// ZstdSharp do it. The choice changes only the time taken, except for damaged data of two kinds (docs/security.md).
    /// </summary>
    public bool UseNativeDecoders { get; init; } = true;

    public RootfsLimits Limits { get; init; } = new();

    /// <summary>
    /// The project that asks for the tree; null for none. The state file names it, so that two projects with one <see
    /// cref="RootfsDirectory"/> get to know of each other.
    /// </summary>
    public string? Project { get; init; }

    /// <summary>
    /// The file that lists the trees of the project, so that a later build can remove one that is no longer asked for; null for none.
    /// </summary>
    public string? TreeList { get; init; }

    /// <summary>
    /// The trees that this build has made or found up to date, and who asked for each. All extractions of one build that know of each other
    /// have the same dictionary, and lock it. Null where there are no others.
    /// </summary>
    public IDictionary<string, string>? TreesOfThisBuild { get; init; }

    /// <summary>The number of cores to keep busy, from 1. It changes only the time taken.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Whether a changed image changes only what differs in the tree that stands. Otherwise the tree is always replaced whole. The result is
    /// the same (docs/incremental.md).
    /// </summary>
    public bool Incremental { get; init; } = true;

    /// <summary>What happens where somebody has changed the tree since it was extracted, and a build finds that out.</summary>
    public DriftPolicy Drift { get; init; }

    /// <summary>What a build looks at before it calls a tree up to date.</summary>
    public RootfsVerification Verify { get; init; }

    /// <summary>Fail instead of extracting, and touch nothing (MSBuild's <c>-question</c>).</summary>
    public bool FailIfNotUpToDate { get; init; }

    /// <summary>The clock of messages about progress.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether a build writes down what a tree is made of.</summary>
    internal bool KeepsState => Incremental || Verify != RootfsVerification.None || Drift == DriftPolicy.Fail;

    /// <summary>Where more of the blobs' bytes must be read than that, in percent, an update costs more than it saves. Tests set it to 100.</summary>
    internal int MostReadPercent { get; init; } = 60;

    /// <summary>A layer of which less stands in another tree is read from the image, in percent of its bytes. Tests set it to 0.</summary>
    internal int LeastStandingPercent { get; init; } = 90;

    /// <summary>A test delays threads by it: it gets the number of the layer that is read.</summary>
    internal Action<int>? Pause { get; init; }

    /// <summary>Receives the messages. Any thread may call it, but never two at once.</summary>
    public Action<RootfsMessage>? Log { get; init; }

    /// <summary>The effective <see cref="RuntimeConfigRoot"/>; null when the request has no <see cref="OutputKind.RuntimeConfig"/>.</summary>
    internal string? RuntimeRoot => PathOf(OutputKind.RuntimeConfig) is { } path
        ? RuntimeConfigRoot ?? (RootfsDirectory is null ? "rootfs" : Path.GetRelativePath(Path.GetDirectoryName(path)!, RootfsDirectory))
        : null;

    /// <summary>The first archive; null for none.</summary>
    internal string? MainArchive => PathOf(OutputKind.RootfsArchive) ?? PathOf(OutputKind.ImageArchive);

    /// <summary>The path that stands for the whole: the tree's, or without a directory that of the first archive.</summary>
    internal string MainPath => RootfsDirectory ?? MainArchive ?? throw ArchiveErrors.Nothing();

    /// <returns>Null when the request has no such file.</returns>
    public string? PathOf(OutputKind kind) => Outputs.FirstOrDefault(output => output.Kind == kind)?.Path;

    /// <summary>Returns this request with one file of a kind. It replaces any file of that kind.</summary>
    /// <param name="kind">The kind of file.</param>
    /// <param name="path">The absolute path; null for no such file.</param>
    public RootfsRequest With(OutputKind kind, string? path)
    {
        IEnumerable<RequestedOutput> others = Outputs.Where(output => output.Kind != kind);
        return this with { Outputs = path is null ? [.. others] : [.. others, new RequestedOutput(kind, path)] };
    }
}
