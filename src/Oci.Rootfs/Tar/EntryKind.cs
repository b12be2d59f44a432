namespace Oci.Rootfs.Tar;

/// <summary>The kind of a layer's entry: the same word from the tar header to the node on disk.</summary>
internal enum EntryKind : byte
{
    File,
    Directory,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Fifo,

    /// <summary>A further name of a node. In the merged tree both paths have the node itself.</summary>
    Hardlink,

    /// <summary><c>.wh.NAME</c>, in a layer's table only: the whiteout of a path in the lower layers.</summary>
    Whiteout,

    /// <summary><c>.wh..wh..opq</c>, in a layer's table only: the marker of a directory that loses its lower children.</summary>
    Opaque,
}
