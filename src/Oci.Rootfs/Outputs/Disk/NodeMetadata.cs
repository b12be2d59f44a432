using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A node's metadata. The write-ahead takes it from a layer's row, the materialiser from the merged inode.</summary>
internal readonly record struct NodeMetadata(EntryKind Kind, uint Mode, uint Uid, uint Gid, FileTime Mtime, IReadOnlyList<Xattr>? Xattrs)
{
    private const uint OwnerRead = 0b100_000_000; // 0400

    public static NodeMetadata Of(Inode inode) =>
        new(inode.Kind, inode.Mode, inode.Uid, inode.Gid, inode.Mtime, inode.Xattrs.Count == 0 ? null : inode.Xattrs);

    public static NodeMetadata OfFile(in LayerRow row) => new(EntryKind.File, row.Mode, row.Uid, row.Gid, row.Mtime, row.Xattrs);

    /// <summary>
    /// The same, but so that its owner can read the file. Attributes may include an ACL that forbids it, so they are left out.
    /// </summary>
    public NodeMetadata Readable => (Mode & OwnerRead) != 0 && Xattrs is null ? this : this with { Mode = Mode | OwnerRead, Xattrs = null };

    /// <summary>True when both give the same node on disk. Two lists of attributes count as equal only if they are one list.</summary>
    public bool SameAs(in NodeMetadata other) =>
        Mode == other.Mode && Uid == other.Uid && Gid == other.Gid && Mtime == other.Mtime && ReferenceEquals(Xattrs, other.Xattrs);
}
