using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>
/// A file that a process locks (flock(2)) while it works on what the file stands for, so that two builds wait for each other. The process
/// that holds the lock may remove the file. Owns the handle.
/// </summary>
/// <param name="directory">The directory of the file.</param>
/// <param name="name">The file's name in that directory.</param>
/// <param name="fd">The open file.</param>
[SupportedOSPlatform("linux")]
internal sealed class FileLock(DirectoryHandle directory, byte[] name, int fd) : IDisposable
{
    private const int WaitMilliseconds = 100;

    public int Fd => fd;

    /// <summary>Takes the lock, and waits while another build holds it.</summary>
    /// <param name="work">For the error: the work that fails.</param>
    /// <param name="shown">For the error: the file's path.</param>
    /// <param name="waiting">The message for the log when another build holds the lock.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>False where the name no longer belongs to this file; the caller then opens it again.</returns>
    public bool Take(string work, string shown, string waiting, EngineContext context)
    {
        for (bool said = false; Linux.Lock(fd, Linux.LockExclusive | Linux.LockNonBlocking) != 0; said = true)
        {
            if (Linux.Errno is Errno.NoSystemCall or Errno.NoLocks or Errno.NotSupported)
            {
                DiskErrors.WarnNoLock(context.Log, shown);
                break;
            }
            if (Linux.Errno is not (Errno.WouldBlock or Errno.Interrupted))
                throw DiskErrors.FromErrno(Linux.Errno, work, Encoding.UTF8.GetBytes(shown));
            if (!said)
                context.Log.Summary(waiting);
            context.Cancellation.WaitHandle.WaitOne(WaitMilliseconds);
            context.Cancellation.ThrowIfCancellationRequested();
        }
        // The build that held the lock may have removed the file meanwhile, and a lock on a file without a name protects nothing.
        return directory.Stat(name) is { } named && DirectoryHandle.StatFile(fd) is { } opened && named.Inode == opened.Inode && named.Device == opened.Device;
    }

    /// <summary>Unlocks explicitly: a process that another thread is just starting may hold a copy of the handle for a moment.</summary>
    public void Dispose()
    {
        _ = Linux.Lock(fd, Linux.Unlock);
        _ = Linux.Close(fd);
    }
}
