namespace Oci.Rootfs;

/// <summary>
/// A kind of file that an extraction writes besides the tree: one row of the table below. Its writer is in
/// <c>Outputs/Documents/OutputWriters.cs</c>. All other code that handles outputs uses the table.
/// </summary>
public sealed class OutputKind
{
    private readonly bool _isIntermediate;

    private OutputKind(string name, string suffix, bool isIntermediate)
    {
        Name = name;
        Suffix = suffix;
        _isIntermediate = isIntermediate;
    }

    /// <summary>Digests, layers and the image's whole configuration, for programs.</summary>
    public static OutputKind ConfigJson { get; } = new("ConfigJson", ".config.json", isIntermediate: false);

    /// <summary>An importable MSBuild file with the configuration.</summary>
    public static OutputKind ConfigProps { get; } = new("ConfigProps", ".props", isIntermediate: true);

    /// <summary>Every path of the tree with its true metadata, in the form of mtree(5).</summary>
    public static OutputKind Mtree { get; } = new("Mtree", ".mtree", isIntermediate: true);

    public static IReadOnlyList<OutputKind> All { get; } = [ConfigJson, ConfigProps, Mtree];

    /// <summary>The name of the metadata with the file's path, of the task's parameter, and of the metadata in the task's output.</summary>
    public string Name { get; }

    /// <summary>The end of the file's default name.</summary>
    public string Suffix { get; }

    /// <summary>
    /// The default path: beside the tree and named after it. A file for the build only goes to the directory for intermediate files if
    /// there is one. There it is named after the image.
    /// </summary>
    /// <param name="tree">The tree's directory.</param>
    /// <param name="name">The image's short name.</param>
    /// <param name="intermediate">The directory for intermediate files; null for none.</param>
    public string DefaultPath(string tree, string name, string? intermediate = null) => _isIntermediate && intermediate is not null
        ? Path.Join(intermediate, name + Suffix)
        : Path.TrimEndingDirectorySeparator(tree) + Suffix;

    public override string ToString() => Name;
}
