using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

#pragma warning disable RS0030 // This class writes files of ours that nothing else than we read.

/// <summary>Writes a small file so that nobody ever sees a part of it. It follows no link in the file's place.</summary>
internal static class WholeFile
{
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        string temporary = Path.Combine(directory, $".{Guid.NewGuid():n}.oci-new");
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1))
                file.Write(bytes);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Locks a file, which is made if need be, and waits while another process has it. The lock ends with the stream.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="waiting">Called once when the lock is another's.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static FileStream Lock(string path, Action waiting, CancellationToken cancellation)
    {
        for (bool said = false; ; said = true)
        {
            if (TryLock(path) is { } locked)
                return locked;
            if (!said)
                waiting();
            cancellation.WaitHandle.WaitOne(WaitMilliseconds);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <returns>Null where another process has the lock.</returns>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static FileStream? TryLock(string path)
    {
        try
        {
            FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, Exclusive, bufferSize: 1);
            // Between the opening and the locking, whoever had the lock may have renamed or removed the file.
            if (!HostSystem.IsLinux || IsAt(file, path))
                return file;
            file.Dispose();
            return null;
        }
        catch (IOException e) when (e.HResult is WouldBlock or SharingViolation || (e.HResult == WouldBlockOnMac && OperatingSystem.IsMacOS()))
        {
            return null;
        }
    }

    /// <summary>Locks a directory by itself: what is written in it needs no file beside it.</summary>
    /// <returns>Null on a system that can't.</returns>
    public static IDisposable? LockDirectory(string directory, CancellationToken cancellation)
    {
        if (!HostSystem.IsLinux || DirectoryHandle.OpenUserPath(directory) is not { } handle)
            return null;
        // A file system without locks has none for files either: those who write at once are then on their own.
        while (Linux.Lock(handle.Fd, Linux.LockExclusive | Linux.LockNonBlocking) != 0 && Linux.Errno is Errno.WouldBlock or Errno.Interrupted)
        {
            cancellation.WaitHandle.WaitOne(WaitMilliseconds);
            cancellation.ThrowIfCancellationRequested();
        }
        return handle;
    }

    [SupportedOSPlatform("linux")]
    private static bool IsAt(FileStream file, string path)
    {
        using SafeFileHandle? named = InputFile.Open(path, path, out InputKind kind, out _);
        return named is not null && kind == InputKind.RegularFile
            && DirectoryHandle.StatFile((int)named.DangerousGetHandle()) is { } atPath && DirectoryHandle.StatFile((int)file.SafeFileHandle.DangerousGetHandle()) is { } opened
            && atPath.Inode == opened.Inode && atPath.Device == opened.Device;
    }

    private const int WaitMilliseconds = 100;

    /// <summary>EWOULDBLOCK of flock(2), on Linux and macOS, and ERROR_SHARING_VIOLATION on Windows.</summary>
    private const int WouldBlock = 11, WouldBlockOnMac = 35, SharingViolation = unchecked((int)0x80070020);

    /// <summary>On Unix .NET locks the file (flock(2)); on Windows a file that is open so can still be renamed.</summary>
    private static FileShare Exclusive => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
}
