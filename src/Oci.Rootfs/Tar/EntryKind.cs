namespace Oci.Rootfs.Tar;

/// <summary>What an entry of a layer is: the same word from the tar header to the node on disk.</summary>
internal enum EntryKind : byte
{
    File,
    Directory,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Fifo,

    /// <summary>A further name of a node: the merged tree has the node itself at both paths.</summary>
    Hardlink,

    /// <summary><c>.wh.NAME</c>, in a layer's table only: the path that lower layers lose.</summary>
    Whiteout,

    /// <summary><c>.wh..wh..opq</c>, in a layer's table only: the directory whose lower children go.</summary>
    Opaque,
}
