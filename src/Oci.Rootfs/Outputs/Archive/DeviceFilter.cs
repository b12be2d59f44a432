using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>Which devices an archive has (<see cref="ArchiveDevices"/>). Each name of a device counts for itself.</summary>
/// <param name="policy">Which devices to take.</param>
/// <param name="asLayer">Whether the archive is a layer of an image: in one, a character device 0:0 would be a whiteout.</param>
/// <param name="log">The log.</param>
internal sealed class DeviceFilter(ArchiveDevices policy, bool asLayer, RootfsLog log)
{
    private long _skipped;
    private string _first = "";

    /// <exception cref="OciException">OCI6323: a device that must not be there.</exception>
    public bool Takes(Inode inode, ReadOnlySpan<byte> path)
    {
        if (asLayer && IsWhiteout(inode))
            return TakesNoWhiteout(path);
        if (policy == ArchiveDevices.Keep || !NeedsPrivilege(inode))
            return true;
        if (policy == ArchiveDevices.Fail)
            throw ArchiveErrors.DeviceRefused(path);
        if (policy == ArchiveDevices.SkipOutsideDev && IsBelowDev(path))
            return true;
        if (_skipped++ == 0)
            _first = SafeText.Show(path);
        return false;
    }

    /// <summary>Says at the end what was left out.</summary>
    public void Tell()
    {
        if (_skipped > 0)
            log.Normal(string.Create(CultureInfo.InvariantCulture, $"The archives leave out {_skipped} names of devices, first '{_first}' (ArchiveDevices is {policy})."));
    }

    /// <summary>
    /// True for a device, but not for a character device 0:0: the kernel lets every user make that one, because overlayfs needs it for its
    /// whiteouts.
    /// </summary>
    public static bool NeedsPrivilege(Inode inode) =>
        inode.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice && !IsWhiteout(inode);

    public static bool IsBelowDev(ReadOnlySpan<byte> path) => path.StartsWith("dev/"u8);

    private static bool IsWhiteout(Inode inode) => inode is { Kind: EntryKind.CharacterDevice, DeviceMajor: 0, DeviceMinor: 0 };

    private bool TakesNoWhiteout(ReadOnlySpan<byte> path)
    {
        if (policy == ArchiveDevices.Fail)
            throw ArchiveErrors.DeviceRefused(path);
        ArchiveErrors.WarnWhiteout(log, path);
        return false;
    }
}
