using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Os;

internal enum InputKind
{
    RegularFile,
    Directory,
    Other,
}

/// <summary>
/// Opens a file that a user or an image names, and never waits for it. The kind that it reports belongs to the opened file, not to the
/// name.
/// </summary>
internal static partial class InputFile
{
    private const int ENOENT = 2;
    private const int EACCES = 13;
    private const int EPERM = 1;
    private const int ENXIO = 6;
    private const int ENOTDIR = 20;
    private const int ELOOP = 40;
    private const int ENAMETOOLONG = 36;

    // These are the same on every architecture that .NET runs on.
    private const int O_NONBLOCK = 0x800;
    private const int O_NOCTTY = 0x100;
    private const int O_CLOEXEC = 0x80000;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_TYPE = 1;
    private const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>Opens a file; null where there is none. It follows links, because contents are checked by their digests.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="kind">The kind of file.</param>
    /// <param name="kindName">The kind of file, for messages.</param>
    /// <exception cref="OciException">The file can't be opened.</exception>
    public static SafeFileHandle? Open(string path, string name, out InputKind kind, out string kindName)
    {
        kind = InputKind.Other;
        kindName = "";
        if (!HostSystem.IsLinux)
            return OpenPortably(path, name, out kind, out kindName);

        // Without O_NONBLOCK, a FIFO without a writer would make the open wait.
        int fd = OpenPath(path, O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            switch (error)
            {
                case ENOENT or ENOTDIR or ENAMETOOLONG or ELOOP:
                    return null;
                case EACCES or EPERM:
                    throw SourceErrors.NoPermission(name);
                case ENXIO:
                    // The file is a socket, or a device that does not exist.
                    kindName = "a socket or a device";
                    return new SafeFileHandle();
                default:
                    throw SourceErrors.ReadFailed(SafeText.Show(name), new Win32Exception(error));
            }
        }
        SafeFileHandle handle = new(fd, ownsHandle: true);
        (kind, kindName) = KindOf(handle, name);
        if (kind == InputKind.RegularFile)
            Linux.ClearNonBlock(fd);
        return handle;
    }

    /// <summary>Returns the identity by which a later call tells whether the file has changed.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="name">What messages call it.</param>
    public static FileIdentity IdentityOf(SafeFileHandle handle, string name)
    {
        if (!HostSystem.IsLinux)
            return new FileIdentity(0, 0, RandomAccess.GetLength(handle), new FileInstant(File.GetLastWriteTimeUtc(handle).Ticks, 0), default);
        Span<byte> statx = stackalloc byte[256];
        if (Statx(handle, "", AT_EMPTY_PATH, STATX_BASIC_STATS, ref MemoryMarshal.GetReference(statx)) != 0)
            throw SourceErrors.ReadFailed(SafeText.Show(name), new Win32Exception(Marshal.GetLastPInvokeError()));

        // struct statx has the same layout on every architecture.
        return new FileIdentity(
            Device: ((ulong)MemoryMarshal.Read<uint>(statx[136..]) << 32) | MemoryMarshal.Read<uint>(statx[140..]),
            Inode: MemoryMarshal.Read<ulong>(statx[32..]),
            Size: MemoryMarshal.Read<long>(statx[40..]),
            Modified: new FileInstant(MemoryMarshal.Read<long>(statx[112..]), MemoryMarshal.Read<uint>(statx[120..])),
            Changed: new FileInstant(MemoryMarshal.Read<long>(statx[96..]), MemoryMarshal.Read<uint>(statx[104..])));
    }

    /// <summary>
    /// The way of other systems. It knows the kind by the name, and Windows keeps a file that is open as it is. A directory has no handle.
    /// </summary>
    private static SafeFileHandle? OpenPortably(string path, string name, out InputKind kind, out string kindName)
    {
        kind = InputKind.Other;
        kindName = "a special file";
        try
        {
            FileAttributes attributes = File.GetAttributes(path);
            if ((attributes & FileAttributes.Directory) != 0)
            {
                (kind, kindName) = (InputKind.Directory, "a directory");
                return new SafeFileHandle();
            }
            if ((attributes & FileAttributes.Device) != 0)
                return new SafeFileHandle();
            SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            (kind, kindName) = (InputKind.RegularFile, "a regular file");
            return handle;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or PathTooLongException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw SourceErrors.NoPermission(name);
        }
        catch (IOException e)
        {
            throw SourceErrors.ReadFailed(SafeText.Show(name), e);
        }
    }

    private static (InputKind Kind, string Name) KindOf(SafeFileHandle handle, string name)
    {
        Span<byte> statx = stackalloc byte[256];
        if (Statx(handle, "", AT_EMPTY_PATH, STATX_TYPE, ref MemoryMarshal.GetReference(statx)) != 0)
            throw SourceErrors.ReadFailed(SafeText.Show(name), new Win32Exception(Marshal.GetLastPInvokeError()));
        const int stxMode = 28;
        return (MemoryMarshal.Read<ushort>(statx[stxMode..]) & 0xf000) switch
        {
            0x8000 => (InputKind.RegularFile, "a regular file"),
            0x4000 => (InputKind.Directory, "a directory"),
            0x1000 => (InputKind.Other, "a FIFO"),
            0x2000 => (InputKind.Other, "a character device"),
            0x6000 => (InputKind.Other, "a block device"),
            _ => (InputKind.Other, "a special file"),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, ref byte statx);
}
