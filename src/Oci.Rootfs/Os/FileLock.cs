using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>
/// A file that is locked (flock(2)) while somebody works on what it stands for, so that two builds wait for each other. Who holds it may
/// remove it. Owns the handle.
/// </summary>
/// <param name="directory">Where the file is.</param>
/// <param name="name">In that directory.</param>
/// <param name="fd">The file, open.</param>
internal sealed class FileLock(DirectoryHandle directory, byte[] name, int fd) : IDisposable
{
    private const int WaitMilliseconds = 100;

    public int Fd => fd;

    /// <summary>Waits for another build that holds it.</summary>
    /// <param name="work">For the error: what fails.</param>
    /// <param name="shown">For the error: the file's path.</param>
    /// <param name="waiting">Said when there is somebody to wait for.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>False where the name is no longer this file's: it is to be opened again.</returns>
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
        // Whoever held the lock may have removed the file meanwhile: a lock on a file without a name protects nothing.
        return directory.Stat(name) is { } named && DirectoryHandle.StatFile(fd) is { } opened && named.Inode == opened.Inode && named.Device == opened.Device;
    }

    /// <summary>Unlocked in so many words: a process that another thread is just starting holds a copy of the handle for a moment.</summary>
    public void Dispose()
    {
        _ = Linux.Lock(fd, Linux.Unlock);
        _ = Linux.Close(fd);
    }
}
