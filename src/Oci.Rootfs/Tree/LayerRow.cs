using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>One entry of one layer, cleaned and checked, for the merge to decide from. Its content stays in the layer's tar.</summary>
internal struct LayerRow
{
    /// <summary>
    /// The entry's path as named, without following links: a number in the image's <see cref="PathTable"/>. For a whiteout, the path that
    /// it removes; for an opaque marker, the directory that it empties.
    /// </summary>
    public int Path;

    /// <summary>The ordinal of the tar entry. A second pass finds the content by it.</summary>
    public int Ordinal;

    public EntryKind Kind;

    /// <summary>
    /// Whether the path is below an AUFS name (rule 20). Such an entry is never in the tree, but hardlinks of its layer may name it.
    /// </summary>
    public bool IsAufs;

    public uint Mode;

    public uint Uid;

    public uint Gid;

    public FileTime Mtime;

    /// <summary>A file's apparent size in bytes.</summary>
    public long Size;

    /// <summary>The path that a hardlink names; otherwise <see cref="PathTable.None"/>.</summary>
    public int LinkPath;

    /// <summary>A symlink's target, verbatim; otherwise null.</summary>
    public byte[]? SymlinkTarget;

    public uint DeviceMajor;

    public uint DeviceMinor;

    /// <summary>Null when there are none.</summary>
    public IReadOnlyList<Xattr>? Xattrs;
}
