using System.Runtime.Versioning;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Compares nodes, as the image has them and as the disk has them.</summary>
internal static class DiskView
{
    /// <summary>Whether two nodes of one content are the same in the record.</summary>
    public static bool IsSameInRecord(Inode one, Inode other) =>
        IsSameThing(one, other) && one.Mode == other.Mode && one.Uid == other.Uid && one.Gid == other.Gid && one.Mtime == other.Mtime && HaveSameXattrs(one, other, isOnDisk: null);

    /// <summary>Whether two nodes are of one kind, and the same but for their metadata and a file's content.</summary>
    public static bool IsSameThing(Inode one, Inode other) =>
        one.Kind == other.Kind && one.Size == other.Size && one.DeviceMajor == other.DeviceMajor && one.DeviceMinor == other.DeviceMinor
        && one.SymlinkTarget.AsSpan().SequenceEqual(other.SymlinkTarget);

    /// <summary>Whether the disk has the same metadata for both.</summary>
    [SupportedOSPlatform("linux")]
    public static bool HaveSameMetadata(Inode one, Inode other, OwnershipPolicy policy)
    {
        bool same = one.Kind == EntryKind.Symlink || policy.Mode(one.Kind, one.Mode) == policy.Mode(other.Kind, other.Mode);
        same &= !policy.Owners || (one.Uid == other.Uid && one.Gid == other.Gid);
        same &= !policy.Can(Settable.Times) || one.Mtime == other.Mtime;
        return same && (one.Xattrs.Count + other.Xattrs.Count == 0 || HaveSameXattrs(one, other, xattr => policy.Sets(XattrKinds.Of(xattr.Name), one.Kind)));
    }

    /// <summary>Whether the disk has an attribute of another node of this one too.</summary>
    [SupportedOSPlatform("linux")]
    public static bool HasOnDisk(Inode inode, Xattr xattr, OwnershipPolicy policy)
    {
        foreach (Xattr other in inode.Xattrs)
        {
            if (other.Name.AsSpan().SequenceEqual(xattr.Name))
                return other.Value.AsSpan().SequenceEqual(xattr.Value) && policy.Sets(XattrKinds.Of(xattr.Name), inode.Kind);
        }
        return false;
    }

    /// <param name="one">A node.</param>
    /// <param name="other">Another node of its kind.</param>
    /// <param name="isOnDisk">Which attributes are compared; null for all.</param>
    private static bool HaveSameXattrs(Inode one, Inode other, Func<Xattr, bool>? isOnDisk)
    {
        int i = 0, j = 0;
        while (true)
        {
            while (i < one.Xattrs.Count && isOnDisk?.Invoke(one.Xattrs[i]) == false)
                i++;
            while (j < other.Xattrs.Count && isOnDisk?.Invoke(other.Xattrs[j]) == false)
                j++;
            if (i == one.Xattrs.Count || j == other.Xattrs.Count)
                return i == one.Xattrs.Count && j == other.Xattrs.Count;
            if (!one.Xattrs[i].Name.AsSpan().SequenceEqual(other.Xattrs[j].Name) || !one.Xattrs[i].Value.AsSpan().SequenceEqual(other.Xattrs[j].Value))
                return false;
            i++;
            j++;
        }
    }
}
