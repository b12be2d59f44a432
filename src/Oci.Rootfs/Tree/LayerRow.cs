using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

internal enum LayerRowKind : byte
{
    File,
    Directory,
    Symlink,
    Hardlink,
    CharacterDevice,
    BlockDevice,
    Fifo,

    /// <summary><c>.wh.NAME</c>: <see cref="LayerRow.Path"/> is the path that lower layers lose.</summary>
    Whiteout,

    /// <summary><c>.wh..wh..opq</c>: <see cref="LayerRow.Path"/> is the directory whose lower children go.</summary>
    Opaque,
}

/// <summary>One entry of one layer, cleaned and checked: what the merge decides from. Content stays in the layer's tar.</summary>
internal struct LayerRow
{
    /// <summary>The entry's path as named, with links not resolved: a number of the image's <see cref="PathTable"/>.</summary>
    public int Path;

    /// <summary>The ordinal of the tar entry, by which a second reading finds its content.</summary>
    public int Ordinal;

    public LayerRowKind Kind;

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
