using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Oci.Rootfs.Os;

/// <summary>
/// The system calls that touch the destination, and no others (man pages, section 2). All but <see cref="Open"/> take a handle to a
/// directory or file that this process opened, or its path in <c>/proc/self/fd</c>. Names are NUL-terminated bytes. The offsets and times
/// here are those of 64-bit systems: 32-bit ARM has others (OCI7009).
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class Linux
{
    public const int AtFdCwd = -100;
    public const int AtSymlinkNofollow = 0x100;
    public const int AtNoAutomount = 0x800;
    public const int AtRemoveDir = 0x200;
    public const int AtEmptyPath = 0x1000;

    /// <summary>Asks a server or a FUSE program anew: what the kernel remembers of its files may be old. Elsewhere it means nothing.</summary>
    public const int AtStatXForceSync = 0x2000;

    public const int ORdOnly = 0;
    public const int OWrOnly = 1;
    public const int ORdWr = 2;
    public const int OCreat = 0x40;
    public const int OExcl = 0x80;
    public const int ONonBlock = 0x800;
    public const int OCloExec = 0x80000;
    public const int OPath = 0x200000;

    public const uint FileTypeMask = 0xF000;
    public const uint Fifo = 0x1000;
    public const uint CharacterDevice = 0x2000;
    public const uint Directory = 0x4000;
    public const uint BlockDevice = 0x6000;
    public const uint Regular = 0x8000;
    public const uint Symlink = 0xA000;

    /// <summary>Every architecture that .NET runs on has this number.</summary>
    public const int LimitOfOpenFiles = 7;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    public const int SeekData = 3;

    public const uint RenameExchange = 2;

    /// <summary>The command <c>F_SETFL</c>. It leaves the access mode as it is.</summary>
    private const int SetFlags = 4;

    private const string C = "libc";

    /// <summary><c>O_DIRECTORY</c> and <c>O_NOFOLLOW</c> have other numbers on ARM and POWER (asm/fcntl.h).</summary>
    private static readonly bool SwappedOpenFlags = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm64 or Architecture.Ppc64le;

    public static int ODirectory => SwappedOpenFlags ? 0x4000 : 0x10000;

    public static int ONoFollow => SwappedOpenFlags ? 0x8000 : 0x20000;

    public static int Errno => Marshal.GetLastPInvokeError();

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true)]
    public static unsafe partial int OpenAt(int directory, byte* name, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    /// <summary>It leaves errno as the call before it did: whoever closes after a failure still wants to know why that failed.</summary>
    [LibraryImport(C, EntryPoint = "close")]
    public static partial int Close(int fd);

    /// <summary>
    /// Takes <see cref="ONonBlock"/> from a file that turned out to be regular, where it means nothing to the kernel. But since version 11
    /// .NET takes such a file for a pipe or a socket: it ignores the offset of a read.
    /// </summary>
    public static void ClearNonBlock(int fd) => _ = FileControl(fd, SetFlags, 0);

    [LibraryImport(C, EntryPoint = "fcntl")]
    private static partial int FileControl(int fd, int command, nint argument);

    [LibraryImport(C, EntryPoint = "readlink", SetLastError = true)]
    public static unsafe partial nint ReadLink(byte* path, byte* target, nuint size);

    [LibraryImport(C, EntryPoint = "readlinkat", SetLastError = true)]
    public static unsafe partial nint ReadLinkAt(int directory, byte* name, byte* target, nuint size);

    [LibraryImport(C, EntryPoint = "mkdirat", SetLastError = true)]
    public static unsafe partial int MkdirAt(int directory, byte* name, uint mode);

    [LibraryImport(C, EntryPoint = "unlinkat", SetLastError = true)]
    public static unsafe partial int UnlinkAt(int directory, byte* name, int flags);

    [LibraryImport(C, EntryPoint = "symlinkat", SetLastError = true)]
    public static unsafe partial int SymlinkAt(byte* target, int directory, byte* name);

    [LibraryImport(C, EntryPoint = "linkat", SetLastError = true)]
    public static unsafe partial int LinkAt(int oldDirectory, byte* oldName, int newDirectory, byte* newName, int flags);

    [LibraryImport(C, EntryPoint = "renameat", SetLastError = true)]
    public static unsafe partial int RenameAt(int oldDirectory, byte* oldName, int newDirectory, byte* newName);

    [LibraryImport(C, EntryPoint = "fchown", SetLastError = true)]
    public static partial int Chown(int fd, uint uid, uint gid);

    [LibraryImport(C, EntryPoint = "fchownat", SetLastError = true)]
    public static unsafe partial int ChownAt(int directory, byte* name, uint uid, uint gid, int flags);

    [LibraryImport(C, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int Chmod(int fd, uint mode);

    [LibraryImport(C, EntryPoint = "chmod", SetLastError = true)]
    public static unsafe partial int ChmodPath(byte* path, uint mode);

    [LibraryImport(C, EntryPoint = "futimens", SetLastError = true)]
    public static unsafe partial int SetTimes(int fd, TimeSpec* accessAndModification);

    [LibraryImport(C, EntryPoint = "utimensat", SetLastError = true)]
    public static unsafe partial int SetTimesAt(int directory, byte* name, TimeSpec* accessAndModification, int flags);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int fd, byte* data, nuint size);

    [LibraryImport(C, EntryPoint = "pwrite", SetLastError = true)]
    public static unsafe partial nint WriteAt(int fd, byte* data, nuint size, long offset);

    [LibraryImport(C, EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint ReadAt(int fd, byte* data, nuint size, long offset);

    [LibraryImport(C, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int fd, long offset, int whence);

    [LibraryImport(C, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int fd, long size);

    [LibraryImport(C, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int fd, int operation);

    [LibraryImport(C, EntryPoint = "statx", SetLastError = true)]
    public static unsafe partial int StatX(int directory, byte* name, int flags, uint mask, StatXResult* result);

    [LibraryImport(C, EntryPoint = "fstatfs", SetLastError = true)]
    private static unsafe partial int StatFileSystem(int fd, byte* result);

    /// <summary>Whether the file system is a program's (FUSE), which need not give a node the same inode number every time.</summary>
    public static bool IsFuse(int fd) => FileSystemType(fd) == 0x65735546;

    /// <summary>Whether no two changes of a file have one time of change: ext4, XFS, btrfs and tmpfs since Linux 6.13.</summary>
    public static bool HasFineTimes(int fd) => Environment.OSVersion.Version >= new Version(6, 13) && FileSystemType(fd) is 0xEF53 or 0x58465342 or 0x9123683E or 0x01021994;

    /// <summary>The number of statfs(2); 0 where the system gives none.</summary>
    private static unsafe uint FileSystemType(int fd)
    {
        const int MostBytes = 512;
        byte* result = stackalloc byte[MostBytes];
        // The type is first on every architecture.
        return StatFileSystem(fd, result) == 0 ? *(uint*)result : 0;
    }

    [LibraryImport(C, EntryPoint = "getrlimit", SetLastError = true)]
    public static unsafe partial int GetLimit(int resource, ResourceLimit* limit);

    [LibraryImport(C, EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport(C, EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint Syscall(nint number, nint a, void* b, nint c, void* d, nint e);

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint Syscall(nint number, nint a, void* b, void* c, nint d);

    /// <summary>renameat2(2), by number: older C libraries don't have it.</summary>
    public static unsafe int RenameAt2(int oldDirectory, byte* oldName, int newDirectory, byte* newName, uint flags) =>
        (int)Syscall(Numbers.RenameAt2, oldDirectory, oldName, newDirectory, newName, (nint)flags);

    /// <summary>openat2(2) with <c>RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV</c>.</summary>
    public static unsafe int OpenBeneath(int directory, byte* name, int flags)
    {
        const ulong NoXdev = 1, NoSymlinks = 4, Beneath = 8;
        OpenHow how = new() { Flags = (ulong)flags, Resolve = NoXdev | NoSymlinks | Beneath };
        return (int)Syscall(437, directory, name, &how, sizeof(OpenHow));
    }

    /// <summary>getdents64(2): fills the buffer with directory entries; returns 0 at the end.</summary>
    public static unsafe int ReadDirectory(int directory, byte* buffer, int size) =>
        (int)Syscall(Numbers.GetDents64, directory, buffer, (void*)(nint)size, 0);

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public nuint Soft;
        public nuint Hard;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>struct statx has the same layout on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatXResult
    {
        public const uint BasicStats = 0x7ff;
        public const uint BirthTime = 0x800;

        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint Uid;

        [FieldOffset(24)]
        public uint Gid;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(80)]
        public long BirthSeconds;

        [FieldOffset(88)]
        public uint BirthNanoseconds;

        /// <summary>The time of the last change of the node or its metadata. No call sets it to a value of one's choice.</summary>
        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        /// <summary>The device number of a node that is a device.</summary>
        [FieldOffset(128)]
        public uint NodeMajor;

        [FieldOffset(132)]
        public uint NodeMinor;

        /// <summary>The device of the file system that the node is on.</summary>
        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;

        public readonly ulong Device => ((ulong)DeviceMajor << 32) | DeviceMinor;

        /// <summary>Nanoseconds since the epoch, which may wrap: tells an inode from a later one of its number. 0 where unknown.</summary>
        public readonly long Born => (Mask & BirthTime) == 0 ? 0 : unchecked(BirthSeconds * 1_000_000_000 + BirthNanoseconds);

        /// <summary>mtime in nanoseconds since the epoch, which may wrap: it only serves to compare.</summary>
        public readonly long Modified => unchecked(ModifiedSeconds * 1_000_000_000 + ModifiedNanoseconds);

        public readonly bool IsDirectory => (Mode & FileTypeMask) == Linux.Directory;
    }

    /// <summary>The numbers of system calls, which differ between architectures (asm/unistd.h).</summary>
    private static class Numbers
    {
        public static readonly nint GetDents64 = Pick(217, 61, 220, 202);
        public static readonly nint RenameAt2 = Pick(316, 276, 347, 357);
        public static readonly nint MknodAt = Pick(259, 33, 290, 288);

        private static nint Pick(nint x64, nint generic, nint s390x, nint ppc64le) => RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => x64,
            Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => generic,
            Architecture.S390x => s390x,
            Architecture.Ppc64le => ppc64le,
            Architecture other => throw new PlatformNotSupportedException(other.ToString()),
        };
    }
}
