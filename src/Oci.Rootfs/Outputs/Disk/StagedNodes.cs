using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Makes symlinks, devices and FIFOs in the staging tree, with their metadata.</summary>
[SupportedOSPlatform("linux")]
internal sealed class StagedNodes(StagingTree staging, MetadataWriter metadata)
{
    private readonly PathTable _paths = staging.Paths;
    private readonly ShownPath _shown = new(staging.Paths);

    public void Make(int path, Inode inode) => Make(path, inode, staging.Directory(_paths.Parent(path)), _paths.Name(path));

    /// <summary>Makes the node of a path in another place.</summary>
    public void Make(int path, Inode inode, DirectoryHandle directory, ReadOnlySpan<byte> name)
    {
        if (inode.Kind == EntryKind.Symlink)
            MakeSymlink(directory, name, path, inode);
        else
            MakeDevice(directory, name, path, inode);
        metadata.ApplyAt(directory, name, NodeMetadata.Of(inode), isNew: true, _shown.MoveTo(path));
    }

    /// <summary>
    /// The engine has just made the directory, so its rights suffice. "Not permitted" means that the file system has no such nodes.
    /// </summary>
    /// <param name="errno">The errno of the failed call.</param>
    /// <param name="what">In the plural, for the message.</param>
    /// <param name="path">The path in the image.</param>
    public static OciException Error(int errno, string what, byte[] path) => Errno.MeansMayNot(errno) && errno != Errno.AccessDenied
        ? DiskErrors.NodeNotSupported(what, path, errno)
        : DiskErrors.FromErrno(errno, $"making {what}", path);

    private unsafe void MakeSymlink(DirectoryHandle directory, ReadOnlySpan<byte> name, int path, Inode inode)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
        fixed (byte* target = NativeName.Of(inode.SymlinkTarget, stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.SymlinkAt(target, directory.Fd, n) != 0)
                throw Error(Linux.Errno, "symbolic links", _paths.Bytes(path));
        }
    }

    private void MakeDevice(DirectoryHandle directory, ReadOnlySpan<byte> name, int path, Inode inode)
    {
        uint type = inode.Kind switch
        {
            EntryKind.Fifo => Linux.Fifo,
            EntryKind.CharacterDevice => Linux.CharacterDevice,
            _ => Linux.BlockDevice,
        };
        if (DeviceProbe.Make(directory, name, type, inode.DeviceMajor, inode.DeviceMinor) is not { } failure)
            return;
        byte[] shown = _paths.Bytes(path);
        if (type == Linux.Fifo)
            throw failure.MayNot ? DiskErrors.NodeNotSupported("FIFOs", shown, failure.Errno) : Error(failure.Errno, "FIFOs", shown);
        throw failure.MayNot
            ? new RefusedException(Demand.Device(inode.Kind, inode.DeviceMajor, inode.DeviceMinor), failure.Why, SafeText.Show(shown))
            : Error(failure.Errno, "devices", shown);
    }
}
