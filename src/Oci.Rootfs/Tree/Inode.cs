using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// The node at one path of the merged tree, or at several if it is hardlinked. It has the image's own owner and modes, even if the user
/// that builds can't set them.
/// </summary>
internal sealed class Inode
{
    /// <summary>The node's kind, never a hardlink or a whiteout.</summary>
    public required EntryKind Kind { get; init; }

    public uint Mode { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public FileTime Mtime { get; set; }

    /// <summary>Sorted by name, bytewise; no name twice.</summary>
    public IReadOnlyList<Xattr> Xattrs { get; set; } = [];

    /// <summary>A file's apparent size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>A file's content.</summary>
    public ContentRef Content { get; init; }

    /// <summary>A symlink's target, verbatim.</summary>
    public byte[] SymlinkTarget { get; init; } = [];

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    /// <summary>The number of paths with this inode; always 1 for a directory.</summary>
    public int Links { get; set; }
}

/// <summary>Identifies a file's content all the way from the layer's reader to the disk.</summary>
/// <param name="Layer">The layer's number in the manifest, from 0.</param>
/// <param name="Row">The row in that layer's table.</param>
internal readonly record struct ContentRef(int Layer, int Row);
