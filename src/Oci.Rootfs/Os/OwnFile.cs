using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Oci.Rootfs.Os;

/// <summary>
/// Opens files that this package wrote earlier and trusts: regular files of the user that builds or of root, writable by their owner alone.
/// Any other file, or a link in its place, counts as absent.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class OwnFile
{
    private const uint OthersWrite = 0b000_010_010;

    /// <summary>Opens the file; null where there is none that the engine may trust.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        int fd = Linux.Open(path, Linux.ORdOnly | Linux.ONoFollow | Linux.ONonBlock | Linux.OCloExec, 0);
        if (fd < 0)
            return null;
        SafeFileHandle file = new(fd, ownsHandle: true);
        if (DirectoryHandle.StatFile(fd) is { } stat && IsOurs(stat))
        {
            Linux.ClearNonBlock(fd);
            return file;
        }
        file.Dispose();
        return null;
    }

    /// <summary>Reads the file; null where there is none that the engine may trust, or where it is empty, too large or can't be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">The most bytes that it may have.</param>
    public static byte[]? TryRead(string path, int mostBytes)
    {
        using SafeFileHandle? file = TryOpen(path);
        try
        {
            if (file is null || RandomAccess.GetLength(file) is not (> 0 and long length) || length > mostBytes)
                return null;
            byte[] bytes = new byte[length];
            return RandomAccess.Read(file, bytes, 0) == bytes.Length ? bytes : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether it is a regular file that only we or root can have written.</summary>
    public static bool IsOurs(in Linux.StatXResult file) => (file.Mode & Linux.FileTypeMask) == Linux.Regular && IsWritableByUsAlone(file);

    /// <summary>Whether nobody but us and root may write to a file or directory.</summary>
    public static bool IsWritableByUsAlone(in Linux.StatXResult node) => (node.Uid == Linux.EffectiveUserId() || node.Uid == 0) && (node.Mode & OthersWrite) == 0;
}
