using System.Text;
using Oci.Rootfs.Disk;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Cache;

/// <summary>Held (flock(2)) by whoever writes to the cache; two builds with one cache wait for each other. Never removed while in use but by Clean.</summary>
internal sealed class CacheLock : IDisposable
{
    private const int WaitMilliseconds = 100;

    private readonly int _fd;

    private CacheLock(int fd) => _fd = fd;

    public static CacheLock Acquire(CacheFiles files, RootfsLog log, CancellationToken cancellation)
    {
        int fd = Linux.Open(files.LockFile, Linux.ORdWr | Linux.OCreat | Linux.ONoFollow | Linux.ONonBlock | Linux.OCloExec, 0x1A4);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "opening the lock of the cache of unpacked archives", Encoding.UTF8.GetBytes(files.LockFile));
        CacheLock held = new(fd);
        try
        {
            for (bool said = false; Linux.Lock(fd, Linux.LockExclusive | Linux.LockNonBlocking) != 0; said = true)
            {
                if (Linux.Errno is not (Errno.WouldBlock or Errno.Interrupted))
                    throw DiskErrors.FromErrno(Linux.Errno, "locking the cache of unpacked archives", Encoding.UTF8.GetBytes(files.LockFile));
                if (!said)
                    log.Summary($"Waiting for another build that unpacks an archive into '{SafeText.Show(files.Directory)}'.");
                cancellation.WaitHandle.WaitOne(WaitMilliseconds);
                cancellation.ThrowIfCancellationRequested();
            }
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose() => _ = Linux.Close(_fd);
}
