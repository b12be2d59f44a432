using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// A file or directory of this process, for trials. Each trial returns null, or why the metadata can't be set. A trial reads the node
/// again, because some file systems report success and change nothing.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ProbeNode : IDisposable
{
    public const string Doing = "trying what the file system can hold";

    private readonly DirectoryHandle _staging;
    private readonly byte[] _name;
    private readonly int _fd;

    private ProbeNode(DirectoryHandle staging, byte[] name, bool isDirectory, int fd)
    {
        (_staging, _name, IsDirectory, _fd) = (staging, name, isDirectory, fd);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, Doing, name);
    }

    public bool IsDirectory { get; }

    /// <summary>The node's current metadata.</summary>
    public Linux.StatXResult Now => DirectoryHandle.StatFile(_fd) ?? throw DiskErrors.FromErrno(Linux.Errno, Doing, _name);

    public uint Permissions => Now.Mode & ~Linux.FileTypeMask;

    public static ProbeNode File(DirectoryHandle staging, uint mode)
    {
        byte[] name = "probe"u8.ToArray();
        return new ProbeNode(staging, name, false, staging.OpenFile(name, Linux.OCreat | Linux.OExcl | Linux.OWrOnly, mode));
    }

    public static ProbeNode Directory(DirectoryHandle staging, uint mode)
    {
        byte[] name = "probe"u8.ToArray();
        if (staging.Mkdir(name, mode) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, Doing, name);
        // The umask may take the owner's own rights away.
        uint made = staging.Stat(name) is { } node ? node.Mode & ~Linux.FileTypeMask : 0;
        if ((made & StagingTree.RootMode) != StagingTree.RootMode)
            _ = staging.ChmodChild(name, StagingTree.RootMode);
        return new ProbeNode(staging, name, true, staging.OpenFile(name, Linux.ORdOnly | Linux.ODirectory)) { MadeWith = made };
    }

    /// <summary>The mode that the file system gave the new directory.</summary>
    public uint MadeWith { get; private init; }

    public string? SetOwner(uint uid, uint gid) =>
        Refusal(Linux.Chown(_fd, uid, gid), "chown") ?? (Now is { } now && now.Uid == uid && now.Gid == gid ? null : Ignored("chown"));

    public string? SetMode(uint mode) => Refusal(Linux.Chmod(_fd, mode), "chmod") ?? (Permissions == mode ? null : Ignored("chmod"));

    public string? SetXattr(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> got = stackalloc byte[256];
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]), v = value, g = got)
        {
            if (Refusal(Linux.SetXattr(_fd, n, v, (nuint)value.Length, 0), "setxattr") is { } refusal)
                return refusal;
            nint length = Linux.GetXattr(_fd, n, g, (nuint)got.Length);
            return length == value.Length && got[..(int)length].SequenceEqual(value) ? null : Ignored("setxattr");
        }
    }

    /// <summary>Some file systems hold steps of two seconds.</summary>
    public string? SetTimes(long seconds, long nanoseconds)
    {
        string? refusal = SetTime(seconds, nanoseconds);
        return refusal ?? (Math.Abs(Now.ModifiedSeconds - seconds) < 2 ? null : Ignored("utimensat"));
    }

    /// <summary>Sets a time and reads it back, in seconds. Null where the system refuses it.</summary>
    public long? NearestTo(long seconds) => SetTime(seconds, 0) is null ? Now.ModifiedSeconds : null;

    /// <summary>A node left behind would become part of the tree.</summary>
    public void Remove() => Remove(_staging, _name, IsDirectory);

    public static void Remove(DirectoryHandle staging, byte[] name, bool directory)
    {
        if (staging.Unlink(name, directory) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, Doing, name);
    }

    public void Dispose() => _ = Linux.Close(_fd);

    /// <exception cref="OciException">The call failed for another reason than missing rights. Such a failure decides nothing.</exception>
    public static string? Refusal(int result, string call)
    {
        if (result == 0)
            return null;
        return Errno.MeansMayNot(Linux.Errno) ? $"{call}: {DiskErrors.Describe(Linux.Errno)}" : throw DiskErrors.FromErrno(Linux.Errno, Doing, "probe"u8);
    }

    public static string Ignored(string call) => $"{call}: the file system changes nothing";

    private string? SetTime(long seconds, long nanoseconds)
    {
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        times[0] = times[1] = new Linux.TimeSpec { Seconds = (nint)seconds, Nanoseconds = (nint)nanoseconds };
        return Refusal(Linux.SetTimes(_fd, times), "utimensat");
    }
}
