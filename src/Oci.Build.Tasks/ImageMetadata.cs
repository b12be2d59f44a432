using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>The metadata of <c>OciImage</c> items, and what a user most likely means by a name that is not among them.</summary>
internal static class ImageMetadata
{
    /// <summary>A slip of the finger is one edit or two.</summary>
    private const int MostEdits = 2;

    /// <summary>Names up to this length have neighbours that are words of their own: <c>Name</c> and Game, <c>Mtree</c> and Tree.</summary>
    private const int Short = 5;

    /// <summary>All metadata that the tasks read.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "Platform", "Reference", "Name", OutputPaths.RootfsDirectory, .. OutputKind.All.Select(static kind => kind.Name),
        "ArchiveCompressionLevel", "ArchiveMtime", "ArchiveHoleThreshold", "ArchiveDevices", "ArchiveXattrs", "ArchiveFor", "ImageArchiveCompression", "ImageArchiveReference", "RuntimeConfigRoot", "RuntimeConfigTmpfs",
        "Ownership", "MakeWritable", "KeepDirectorySymlinks", "CreateMountPoints", "CreateVolumes", "Incremental", "Drift", "VerifyRootfs", "SourceDateEpoch", "Limits", "RemovePaths", "KeepPaths",
    ];

    /// <summary>Metadata of our own output items, whose names are near to one of <see cref="Names"/>. A user may make images of such items.</summary>
    private static readonly string[] OfOutputs = ["References"];

    /// <param name="names">The metadata that the tasks read from items of this type.</param>
    /// <param name="name">The name of one.</param>
    public static bool IsKnown(IReadOnlyList<string> names, string name) => IsIn(names, name);

    /// <param name="names">The metadata that the tasks read from items of this type.</param>
    /// <param name="name">A name that is not known.</param>
    /// <returns>The metadata most likely meant; null for a name of the user's own.</returns>
    public static string? Meant(IReadOnlyList<string> names, string name) => IsIn(OfOutputs, name) ? null : Nearest(name, names);

    /// <returns>The limit most likely meant, which belongs into <c>Limits</c>; null for a name of the user's own.</returns>
    public static string? MeantLimit(string name) => Nearest(name, LimitTable.Rows.Select(static row => row.Name));

    private static bool IsIn(IReadOnlyList<string> names, string name)
    {
        foreach (string known in names)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static string? Nearest(string name, IEnumerable<string> candidates)
    {
        (string? nearest, int least) = (null, MostEdits + 1);
        foreach (string candidate in candidates)
        {
            int edits = EditDistance.Between(name, candidate, MostEdits);
            if (edits < least && IsLikely(name, candidate, edits))
                (nearest, least) = (candidate, edits);
        }
        return nearest;
    }

    /// <summary>Two edits make any word of six letters of many others, and one edit any of three.</summary>
    private static bool IsLikely(string name, string candidate, int edits)
    {
        int length = Math.Min(name.Length, candidate.Length);
        return 3 * edits < length && (length > Short || char.ToUpperInvariant(name[0]) == char.ToUpperInvariant(candidate[0]));
    }
}
