using Microsoft.Win32.SafeHandles;

namespace Oci.Rootfs.Sources;

internal static class ImageArchive
{
    public static ImageSource Open(SafeFileHandle file, long length, string displayName, RootfsLimits limits, RootfsLog log) => throw new NotImplementedException();
}
