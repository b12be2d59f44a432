using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.State;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// Whether other users of the machine can reach setuid files, files with capabilities and devices that root made from the image. The tree's
/// root keeps the mode of the image, so only a directory above it can keep them out.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class TreeExposure
{
    private const uint OthersSearch = 0b001; // o+x
    private const uint OthersRun = 0b001_001; // g+x or o+x
    private const uint OthersOpen = 0b110_110; // g+rw or o+rw

    /// <summary>The most directories above a tree: a path of PATH_MAX bytes has fewer.</summary>
    private const int MostParents = 4096;

    public static void Warn(RootfsTree tree, OwnershipPolicy policy, Destination destination, RootfsLog log)
    {
        if (Linux.EffectiveUserId() == 0 && (policy.Mode(EntryKind.Directory, tree[PathTable.Root]!.Mode) & OthersSearch) != 0
            && HasPrivileges(tree, policy) && OthersReach(destination.Parent))
            DiskErrors.WarnReachable(log, destination.ShownPath);
    }

    private static bool HasPrivileges(RootfsTree tree, OwnershipPolicy policy)
    {
        foreach (int path in tree.InOrder())
        {
            if (IsPrivilege(tree[path]!, policy))
                return true;
        }
        return false;
    }

    private static bool IsPrivilege(Inode inode, OwnershipPolicy policy) => inode.Kind switch
    {
        EntryKind.File => (inode.Mode & OthersRun) != 0
            && ((policy.SetIds && (inode.Mode & OwnershipPolicy.SetIdBits) != 0) || inode.Xattrs.Any(x => XattrKinds.Of(x.Name) == XattrKind.Capability && policy.Can(Settable.FileCapabilities))),
        EntryKind.CharacterDevice or EntryKind.BlockDevice => (inode.Mode & OthersOpen) != 0 && policy.Makes(inode),
        _ => false,
    };

    /// <summary>
    /// True when every directory from the tree's parent up lets others through. A directory that stat can't read counts as open.
    /// </summary>
    private static bool OthersReach(DirectoryHandle parent)
    {
        DirectoryHandle at = parent.Hold();
        try
        {
            for (int i = 0; i < MostParents && at.StatSelf() is { } self; i++)
            {
                if ((self.Mode & OthersSearch) == 0)
                    return false;
                if (at.OpenChild(".."u8) is not { } above)
                    break;
                bool isRoot = above.StatSelf() is { } next && next.Inode == self.Inode && next.Device == self.Device;
                at.Dispose();
                at = above;
                if (isRoot)
                    break;
            }
            return true;
        }
        finally
        {
            at.Dispose();
        }
    }
}
