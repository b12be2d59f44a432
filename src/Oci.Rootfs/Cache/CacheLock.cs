using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Cache;

/// <summary>
/// The lock that a build holds while it writes to the cache or removes from it; builds with one cache wait for each other.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class CacheLock : IDisposable
{
    private readonly DirectoryHandle _directory;
    private readonly FileLock _file;

    private CacheLock(DirectoryHandle directory, int fd)
    {
        _directory = directory;
        _file = new FileLock(directory, CacheFiles.LockName, fd);
    }

    /// <summary>Takes the lock, and makes the directory if need be.</summary>
    /// <exception cref="OciException">The lock file can't be opened or locked.</exception>
    /// <exception cref="IOException">The directory can't be made.</exception>
    public static CacheLock Acquire(CacheFiles files, EngineContext context)
    {
        string waiting = $"Waiting for another build that unpacks an archive into '{SafeText.Show(files.Directory)}'.";
        while (true)
        {
            Directory.CreateDirectory(files.Directory);
            if (Open(files) is not { } candidate)
                continue;
            bool isLocked = false;
            try
            {
                isLocked = candidate._file.Take("locking the cache of unpacked archives", files.LockFile, waiting, context);
            }
            finally
            {
                if (!isLocked)
                    candidate.Dispose();
            }
            if (isLocked)
                return candidate;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _directory.Dispose();
    }

    /// <returns>Null where Clean has just removed the directory.</returns>
    private static CacheLock? Open(CacheFiles files)
    {
        DirectoryHandle? directory = DirectoryHandle.OpenUserPath(files.Directory);
        int fd = directory?.OpenFile(CacheFiles.LockName, Linux.ORdWr | Linux.OCreat | Linux.ONonBlock, 0b110_000_000) ?? -1;
        if (fd >= 0 && DirectoryHandle.StatFile(fd) is { } file && OwnFile.IsOurs(file))
            return new CacheLock(directory!, fd);
        if (fd >= 0)
        {
            _ = Linux.Close(fd);
            directory!.Dispose();
            throw DiskErrors.InTheWay(files.LockFile);
        }
        int errno = Linux.Errno;
        directory?.Dispose();
        return errno == Errno.NotFound
            ? null
            : throw DiskErrors.FromErrno(errno, "opening the lock of the cache of unpacked archives", Encoding.UTF8.GetBytes(files.LockFile));
    }
}
