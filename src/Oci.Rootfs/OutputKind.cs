namespace Oci.Rootfs;

/// <summary>
/// A kind of file that an extraction writes besides the tree: one row of the table below. Its writer is in
/// <c>Outputs/Documents/OutputWriters.cs</c>. All other code that handles outputs uses the table.
/// </summary>
public sealed class OutputKind
{
    private readonly bool _isIntermediate;

    /// <param name="name">The value of <see cref="Name"/>.</param>
    /// <param name="suffix">The value of <see cref="Suffix"/>.</param>
    /// <param name="isIntermediate">Whether only the build uses the file.</param>
    /// <param name="isArchive">The value of <see cref="IsArchive"/>.</param>
    /// <param name="readsContents">The value of <see cref="ReadsContents"/>.</param>
    private OutputKind(string name, string? suffix, bool isIntermediate = false, bool isArchive = false, bool readsContents = false)
    {
        Name = name;
        Suffix = suffix;
        _isIntermediate = isIntermediate;
        IsArchive = isArchive;
        ReadsContents = readsContents;
    }

    /// <summary>Digests, layers and the image's whole configuration, for programs.</summary>
    public static OutputKind ConfigJson { get; } = new("ConfigJson", ".config.json");

    /// <summary>An importable MSBuild file with the configuration.</summary>
    public static OutputKind ConfigProps { get; } = new("ConfigProps", ".props", isIntermediate: true);

    /// <summary>Every path of the tree with its true metadata, in the form of mtree(5).</summary>
    public static OutputKind Mtree { get; } = new("Mtree", ".mtree", isIntermediate: true);

    /// <summary>How the tree differs from the one that stood before it: a line for each path that was added, changed or removed.</summary>
    public static OutputKind Changes { get; } = new("Changes", suffix: null);

    /// <summary>A fragment of an LXC configuration, which runs the image as its config says.</summary>
    public static OutputKind LxcConfig { get; } = new("LxcConfig", suffix: null, readsContents: true);

    /// <summary>The <c>config.json</c> of an OCI runtime bundle, which runs the image as its config says.</summary>
    public static OutputKind RuntimeConfig { get; } = new("RuntimeConfig", suffix: null, readsContents: true);

    /// <summary>The whole tree as a tar, compressed as the file's name says. There may be several.</summary>
    public static OutputKind RootfsArchive { get; } = new("RootfsArchive", suffix: null, isArchive: true);

    /// <summary>The whole tree as an image of one layer, for programs that take images.</summary>
    public static OutputKind ImageArchive { get; } = new("ImageArchive", suffix: null, isArchive: true);

    /// <summary>The files that describe the tree or its image: at most one of each.</summary>
    public static IReadOnlyList<OutputKind> Documents { get; } = [ConfigJson, ConfigProps, Mtree, Changes, LxcConfig, RuntimeConfig];

    /// <summary>The kinds of which there is at most one file.</summary>
    public static IReadOnlyList<OutputKind> Singles { get; } = [.. Documents, ImageArchive];

    public static IReadOnlyList<OutputKind> All { get; } = [.. Documents, RootfsArchive, ImageArchive];

    /// <summary>Whether the file has the contents of the tree's files. Other files describe the tree or its image.</summary>
    public bool IsArchive { get; }

    /// <summary>Whether the file, though it describes the tree, depends on the contents of some of the tree's files.</summary>
    internal bool ReadsContents { get; }

    /// <summary>The name of the metadata with the file's path, of the task's parameter, and of the metadata in the task's output.</summary>
    public string Name { get; }

    /// <summary>The end of the file's default name; null for an optional file.</summary>
    public string? Suffix { get; }

    /// <summary>Whether the engine writes the file only where the user names a path for it.</summary>
    public bool IsOptional => Suffix is null;

    /// <summary>
    /// The default path; null for an optional file, which has none. A file is beside the tree and named after it. A file for the build only
    /// goes to the directory for intermediate files if there is one. There it is named after the image.
    /// </summary>
    /// <param name="tree">The tree's directory. Without one, the place that it would have.</param>
    /// <param name="name">The image's short name.</param>
    /// <param name="intermediate">The directory for intermediate files; null for none.</param>
    public string? DefaultPath(string tree, string name, string? intermediate = null)
    {
        if (IsOptional)
            return null;
        return _isIntermediate && intermediate is not null ? Path.Join(intermediate, name + Suffix) : Path.TrimEndingDirectorySeparator(tree) + Suffix;
    }

    public override string ToString() => Name;
}
