using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A node's metadata. The write-ahead takes it from a layer's row, the materialiser from the merged inode.</summary>
internal readonly record struct NodeMetadata(EntryKind Kind, uint Mode, uint Uid, uint Gid, FileTime Mtime, IReadOnlyList<Xattr>? Xattrs)
{
    public static NodeMetadata Of(Inode inode) =>
        new(inode.Kind, inode.Mode, inode.Uid, inode.Gid, inode.Mtime, inode.Xattrs.Count == 0 ? null : inode.Xattrs);

    public static NodeMetadata OfFile(in LayerRow row) => new(EntryKind.File, row.Mode, row.Uid, row.Gid, row.Mtime, row.Xattrs);

    /// <summary>True when both give the same node on disk. Two lists of attributes count as equal only if they are one list.</summary>
    public bool SameAs(in NodeMetadata other) =>
        Mode == other.Mode && Uid == other.Uid && Gid == other.Gid && Mtime == other.Mtime && ReferenceEquals(Xattrs, other.Xattrs);
}
