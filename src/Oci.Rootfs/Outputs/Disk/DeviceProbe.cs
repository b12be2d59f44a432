using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Makes devices, FIFOs and symlinks. A file system may leave a node behind although the call failed.</summary>
[SupportedOSPlatform("linux")]
internal static class DeviceProbe
{
    private static readonly byte[] Name = "probe-device"u8.ToArray();

    /// <returns>Null, or why a device can't be made.</returns>
    public static string? Try(DirectoryHandle staging, Demand device)
    {
        uint type = device.Block ? Linux.BlockDevice : Linux.CharacterDevice;
        if (Make(staging, Name, type, device.First, device.Second) is { } failure)
            return failure.MayNot ? failure.Why : throw DiskErrors.FromErrno(failure.Errno, ProbeNode.Doing, Name);
        Linux.StatXResult? made = staging.Stat(Name);
        ProbeNode.Remove(staging, Name, directory: false);
        return made is { } node && (node.Mode & Linux.FileTypeMask) == type && node.NodeMajor == device.First && node.NodeMinor == device.Second
            ? null
            : "mknod: the file system makes something else";
    }

    /// <summary>
    /// exFAT below FUSE answers EIO and leaves a plain file. The probe removes such a file and reports that the file system has no devices.
    /// </summary>
    /// <returns>Null where the device was made.</returns>
    public static unsafe Failure? Make(DirectoryHandle directory, ReadOnlySpan<byte> name, uint type, uint major, uint minor)
    {
        const uint OwnerReadWrite = 0b110_000_000; // 0600
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.MknodAt(directory.Fd, n, type | (type == Linux.Fifo ? OwnerReadWrite : 0), Linux.MakeDevice(major, minor)) == 0)
                return null;
        }
        int errno = Linux.Errno;
        bool left = errno != Errno.Exists && directory.Unlink(name) == 0;
        return new Failure(errno, left || Errno.MeansMayNot(errno), $"mknod: {(left ? "the file system makes something else" : DiskErrors.Describe(errno))}");
    }

    /// <param name="Errno">The call's errno.</param>
    /// <param name="MayNot">True where this process can't make the node here at all.</param>
    /// <param name="Why">The reason, for messages.</param>
    internal sealed record Failure(int Errno, bool MayNot, string Why);
}
