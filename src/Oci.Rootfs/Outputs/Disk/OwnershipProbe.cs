using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Makes the <see cref="OwnershipPolicy"/>: what the kernel says we may do, and what the file system then really lets us do.</summary>
internal static class OwnershipProbe
{
    private const uint AllRights = 0b111_111_111; // 0777

    /// <summary>One file of our own in the empty staging directory, tried and removed.</summary>
    public static OwnershipPolicy Decide(Ownership ownership, bool makeWritable, Privileges privileges, DirectoryHandle staging)
    {
        ReadOnlySpan<byte> probe = "probe"u8;
        int fd = staging.OpenFile(probe, Linux.OCreat | Linux.OExcl | Linux.OWrOnly, AllRights);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "trying what the file system can hold", probe);
        try
        {
            Linux.StatXResult made = DirectoryHandle.StatFile(fd) ?? throw DiskErrors.FromErrno(Linux.Errno, "trying what the file system can hold", probe);
            bool wanted = ownership != Ownership.Record;
            bool xattrs = TryXattr(fd, "user.oci"u8, "1"u8);
            OwnershipPolicy policy = new()
            {
                Owners = wanted && privileges.Chown && Linux.Chown(fd, 1, 1) == 0 && Linux.Chown(fd, 0, 0) == 0,
                Devices = wanted && privileges.Mknod && TryDevice(staging),
                TrustedXattrs = wanted && xattrs && privileges.Admin && TryXattr(fd, "trusted.oci"u8, "1"u8),
                FileCapabilities = wanted && xattrs && privileges.SetFileCapabilities && TryXattr(fd, "security.capability"u8, NoCapabilities),
                SecurityXattrs = wanted && xattrs && privileges.Admin && TryXattr(fd, "security.oci"u8, "1"u8),
                UserXattrs = xattrs,
                MakeWritable = makeWritable,
                Made = new NewNode(made.Uid, made.Gid, ~(uint)made.Mode & AllRights),
                MustPreserve = ownership == Ownership.Preserve,
            };
            Remove(staging, probe);
            return ownership != Ownership.Preserve || policy.Owners ? policy : throw DiskErrors.CannotPreserve("owners", null);
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

    /// <summary>What stayed would be part of the tree.</summary>
    private static void Remove(DirectoryHandle staging, ReadOnlySpan<byte> name)
    {
        if (staging.Unlink(name) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "trying what the file system can hold", name);
    }

    /// <summary>struct vfs_cap_data, revision 2, with empty sets (linux/capability.h).</summary>
    private static ReadOnlySpan<byte> NoCapabilities => [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static unsafe bool TryXattr(int fd, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]), v = value)
            return Linux.SetXattr(fd, n, v, (nuint)value.Length, 0) == 0;
    }

    private static unsafe bool TryDevice(DirectoryHandle staging)
    {
        ReadOnlySpan<byte> device = "probe-device"u8;
        fixed (byte* name = NativeName.Of(device, stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.MknodAt(staging.Fd, name, Linux.CharacterDevice, Linux.MakeDevice(1, 3)) != 0)
                return false;
        }
        Remove(staging, device);
        return true;
    }
}
