using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>One entry of one layer, cleaned and checked: what the merge decides from. Content stays in the layer's tar.</summary>
internal struct LayerRow
{
    /// <summary>
    /// The entry's path as named, with links not resolved: a number of the image's <see cref="PathTable"/>. Of a whiteout the path that it
    /// removes, of an opaque marker the directory that it empties.
    /// </summary>
    public int Path;

    /// <summary>The ordinal of the tar entry, by which a second reading finds its content.</summary>
    public int Ordinal;

    public EntryKind Kind;

    /// <summary>Below an AUFS name (rule 20): never in the tree, but may be the target of the same layer's hardlinks.</summary>
    public bool IsAufs;

    public uint Mode;

    public uint Uid;

    public uint Gid;

    public FileTime Mtime;

    /// <summary>Apparent size in bytes; files only.</summary>
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
