using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Oci.Rootfs.Os;

/// <summary>Makes files that did not exist before, never through a link, and with their rights from the first moment.</summary>
internal static class NewFile
{
    /// <exception cref="IOException">The file exists or can't be made; <see cref="Exception.HResult"/> is the errno.</exception>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle Create(string path, UnixFileMode mode)
    {
        int fd = Linux.Open(path, Linux.ORdWr | Linux.OCreat | Linux.OExcl | Linux.ONoFollow | Linux.OCloExec, (uint)mode);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw new IOException($"{Marshal.GetPInvokeErrorMessage(Linux.Errno)} : '{path}'", Linux.Errno);
    }

    /// <summary>Makes a file that no other process can open. It is gone when its handle is closed, even if the process is killed.</summary>
    /// <exception cref="IOException">The file can't be made.</exception>
    public static SafeFileHandle CreateNameless(string directory)
    {
        string path = Path.Combine(directory, $".{Guid.NewGuid():n}.oci-temporary");
        if (!HostSystem.IsLinux)
            return CreatePortably(path);
        SafeFileHandle file = Create(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
#pragma warning disable RS0030 // The file was just made here.
        File.Delete(path);
#pragma warning restore RS0030
        return file;
    }

    /// <summary>The file keeps its name while it is open. On Windows no other process can open it; elsewhere, no other user.</summary>
    private static SafeFileHandle CreatePortably(string path)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
