using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>What stands at one path of the merged tree, or, hardlinked, at several: the truth about it, whoever builds.</summary>
internal sealed class Inode
{
    /// <summary>Never a hardlink or a whiteout.</summary>
    public required EntryKind Kind { get; init; }

    public uint Mode { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public FileTime Mtime { get; set; }

    /// <summary>Sorted by name, bytewise; no name twice.</summary>
    public IReadOnlyList<Xattr> Xattrs { get; set; } = [];

    /// <summary>Apparent size in bytes; files only.</summary>
    public long Size { get; init; }

    /// <summary>Files: where the content is.</summary>
    public ContentRef Content { get; init; }

    /// <summary>Symlinks: the target, verbatim.</summary>
    public byte[] SymlinkTarget { get; init; } = [];

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    /// <summary>How many paths of the tree have this inode; directories always 1.</summary>
    public int Links { get; set; }
}

/// <summary>A file's content, the same from the layer's reader to the disk.</summary>
/// <param name="Layer">The layer's number in the manifest, from 0.</param>
/// <param name="Row">In that layer's table.</param>
internal readonly record struct ContentRef(int Layer, int Row);
