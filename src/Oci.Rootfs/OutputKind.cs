namespace Oci.Rootfs;

/// <summary>
/// A kind of file that an extraction writes besides the tree: one row of the table below. Its writer stands in
/// <c>Outputs/Documents/OutputWriters.cs</c>; everything else that handles outputs goes through the table.
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

    /// <summary>Of the metadata that says where, of the task's parameter, and of the metadata that comes out.</summary>
    public string Name { get; }

    /// <summary>Of the file's name by default.</summary>
    public string Suffix { get; }

    /// <summary>
    /// Where the file is when nobody says it: beside the tree and named after the tree. A file that is of use in the build only is in the
    /// directory for such files, named after the image, where there is such a directory.
    /// </summary>
    /// <param name="tree">The tree's directory.</param>
    /// <param name="name">The image's short name.</param>
    /// <param name="intermediate">The directory for intermediate files; null for none.</param>
    public string DefaultPath(string tree, string name, string? intermediate = null) => _isIntermediate && intermediate is not null
        ? Path.Join(intermediate, name + Suffix)
        : Path.TrimEndingDirectorySeparator(tree) + Suffix;

    public override string ToString() => Name;
}
