using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI41xx from 50 on: oddities of an image's names, whiteouts, links and volumes that the engine accepts.</summary>
internal static class TreeWarnings
{
    public static void DirectoryWhiteout(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4151", layer, name, "is a whiteout by its name and a directory by its type: it is taken as a whiteout");

    public static void WhiteoutDevice(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4152", layer, name, "is a character device 0/0, overlayfs's whiteout: in an image it is a device, and it stays");

    public static void OverlayXattr(RootfsLog log, string layer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> xattr) =>
        Say(log, "OCI4153", layer, name, $"has the extended attribute '{SafeText.Show(xattr)}' of overlayfs's own: it is dropped");

    public static void DuplicateName(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4154", layer, name, "is in the layer more than once: the last one counts");

    public static void DirectoryReplacesLink(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4155", layer, name, "is a directory and replaces a symlink to a directory; with KeepDirectorySymlinks=true the link would stay");

    public static void OpaqueOnKeptLink(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4156", layer, name, "is marked opaque, but is a symlink that KeepDirectorySymlinks keeps: its target is not emptied");

    public static void WhiteoutBelowFile(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4157", layer, name, "is to be removed, but its parent is not a directory in the layers below: nothing is removed");

    public static void HardlinkToRemoved(RootfsLog log, string layer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> linkPath) =>
        Say(log, "OCI4158", layer, name, $"is a hardlink to '{SafeText.Show(linkPath)}', which the same layer removes: it becomes the lower layers' file");

    public static void HardlinkToItself(RootfsLog log, string layer, ReadOnlySpan<byte> name) =>
        Say(log, "OCI4159", layer, name, "is a hardlink to itself: it is left out");

    public static void VolumeImpossible(RootfsLog log, string volume, string why) =>
        log.Warning("OCI4160", $"The image's volume '{SafeText.Show(volume)}' gets no directory, because {why}.");

    private static void Say(RootfsLog log, string code, string layer, ReadOnlySpan<byte> name, string what) =>
        log.Warning(code, $"'{SafeText.Show(name)}' {what} (layer {layer}).");
}
