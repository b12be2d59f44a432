using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>
/// An open directory that this process made or checked. Its holders are counted, because a writer thread may still need it after the cache
/// has dropped it; the last holder closes it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class DirectoryHandle(int fd) : IDisposable
{
    private int _holders = 1;

    public int Fd { get; } = fd;

    public DirectoryHandle Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            _ = Linux.Close(Fd);
    }

    /// <summary>
    /// Opens a directory by the path that the user gave, and follows links in it. Never call it with a path from an image.
    /// </summary>
    /// <returns>Null where it can't be opened; errno tells why.</returns>
    public static DirectoryHandle? OpenUserPath(string path)
    {
        int fd = Linux.Open(path, Linux.ORdOnly | Linux.ODirectory | Linux.OCloExec, 0);
        return fd < 0 ? null : new DirectoryHandle(fd);
    }

    /// <summary>Opens one component below this directory without following a link.</summary>
    /// <returns>Null where that fails; errno tells why.</returns>
    public unsafe DirectoryHandle? OpenChild(ReadOnlySpan<byte> name)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
        {
            int fd = Linux.OpenAt(Fd, n, Linux.ORdOnly | Linux.ODirectory | Linux.ONoFollow | Linux.OCloExec, 0);
            return fd < 0 ? null : new DirectoryHandle(fd);
        }
    }

    /// <summary>As <see cref="OpenChild"/>, also where a mode forbids reading. Names in the directory can be used, but not listed.</summary>
    public DirectoryHandle? OpenChildPath(ReadOnlySpan<byte> name)
    {
        int fd = OpenFile(name, Linux.OPath | Linux.ODirectory);
        return fd < 0 ? null : new DirectoryHandle(fd);
    }

    /// <summary>Describes the node at a name without following a link; null where there is none.</summary>
    /// <exception cref="OciException">The system call failed.</exception>
    public unsafe Linux.StatXResult? Stat(ReadOnlySpan<byte> name)
    {
        Linux.StatXResult result;
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.StatX(Fd, n, Linux.AtSymlinkNofollow | Linux.AtStatXForceSync, Linux.StatXResult.BasicStats | Linux.StatXResult.BirthTime, &result) == 0)
                return result;
        }
        return Linux.Errno is Errno.NotFound or Errno.NotADirectory ? null : throw DiskErrors.FromErrno(Linux.Errno, "looking at a file", name);
    }

    public Linux.StatXResult? StatSelf() => StatFile(Fd);

    public static unsafe Linux.StatXResult? StatFile(int fd)
    {
        Linux.StatXResult result;
        byte empty = 0;
        return Linux.StatX(fd, &empty, Linux.AtEmptyPath | Linux.AtStatXForceSync, Linux.StatXResult.BasicStats | Linux.StatXResult.BirthTime, &result) == 0 ? result : null;
    }

    /// <summary>Fills the buffer from an open file, or takes what is left of the file.</summary>
    /// <returns>The number of bytes; negative where the disk fails, and errno tells why.</returns>
    public static unsafe int ReadFile(int fd, long offset, Span<byte> buffer)
    {
        int done = 0;
        fixed (byte* bytes = buffer)
        {
            while (done < buffer.Length)
            {
                nint count = Linux.ReadAt(fd, bytes + done, (nuint)(buffer.Length - done), offset + done);
                if (count == 0)
                    break;
                if (count > 0)
                    done += (int)count;
                else if (Linux.Errno != Errno.Interrupted)
                    return -1;
            }
        }
        return done;
    }

    /// <summary>
    /// chmod(2) of a node without opening it for reading: its owner may do this even if no user may read the node. It follows no link at
    /// the name.
    /// </summary>
    public unsafe int ChmodChild(ReadOnlySpan<byte> name, uint mode)
    {
        int fd = OpenFile(name, Linux.OPath);
        if (fd < 0)
            return fd;
        fixed (byte* path = HandlePath(fd))
        {
            int result = Linux.ChmodPath(path, mode);
            _ = Linux.Close(fd);
            return result;
        }
    }

    /// <summary>A NUL-terminated path that names exactly the opened node, even if its name has changed since.</summary>
    public static byte[] HandlePath(int fd) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}\0"));

    public unsafe int Unlink(ReadOnlySpan<byte> name, bool directory = false)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
            return Linux.UnlinkAt(Fd, n, directory ? Linux.AtRemoveDir : 0);
    }

    public unsafe int Mkdir(ReadOnlySpan<byte> name, uint mode)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
            return Linux.MkdirAt(Fd, n, mode);
    }

    public unsafe int Rename(ReadOnlySpan<byte> name, DirectoryHandle to, ReadOnlySpan<byte> newName)
    {
        fixed (byte* from = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]), n = NativeName.Of(newName, stackalloc byte[NativeName.StackBytes]))
            return Linux.RenameAt(Fd, from, to.Fd, n);
    }

    public unsafe int Rename(ReadOnlySpan<byte> name, ReadOnlySpan<byte> newName, uint flags)
    {
        fixed (byte* from = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]), n = NativeName.Of(newName, stackalloc byte[NativeName.StackBytes]))
            return Linux.RenameAt2(Fd, from, Fd, n, flags);
    }

    /// <summary>Gives a file one more name. A link at the old name is not followed.</summary>
    public unsafe int Link(ReadOnlySpan<byte> name, DirectoryHandle to, ReadOnlySpan<byte> newName)
    {
        fixed (byte* from = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]), n = NativeName.Of(newName, stackalloc byte[NativeName.StackBytes]))
            return Linux.LinkAt(Fd, from, to.Fd, n, 0);
    }

    public unsafe int OpenFile(ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
            return Linux.OpenAt(Fd, n, flags | Linux.ONoFollow | Linux.OCloExec, mode);
    }
}
