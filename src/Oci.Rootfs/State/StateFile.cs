using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.State;

/// <summary>
/// The file <c>.NAME.oci</c> beside a tree. It says that the tree is ours, and records the tree's input. A build holds its lock (flock(2))
/// while working on the tree, so that two builds with one destination wait for each other.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class StateFile : StateStore
{
    private const uint OthersWrite = 0b000_010_010;
    private const uint Sticky = 0b1_000_000_000; // 01000
    private const uint OwnerReadWrite = 0b110_000_000; // 0600

    private readonly FileLock _file;
    private readonly DirectoryHandle _directory;
    private readonly byte[] _name;
    private readonly string _shown;

    /// <summary>The file's length in bytes, up to <see cref="StateStore.MostBytes"/>.</summary>
    private int _length;

    private StateFile(DirectoryHandle directory, byte[] name, string shown, FileLock file, bool isNew)
    {
        (_directory, _name, _shown, _file) = (directory.Hold(), name, shown, file);
        byte[] bytes = ReadBytes();
        // Between making and locking the file, another build may have locked it, finished and removed it.
        IsNew = isNew && bytes.Length == 0;
        Content = StateJson.Parse(bytes) ?? StateContent.Nothing;
        _length = bytes.Length;
    }

    /// <summary>Opens and locks the state file. It waits for another build that holds the lock.</summary>
    /// <param name="directory">The directory of the state file.</param>
    /// <param name="name">The name in that directory.</param>
    /// <param name="shown">The path for messages.</param>
    /// <param name="about">The tree's path, for the message that the build waits.</param>
    /// <param name="create">Makes a missing state file.</param>
    /// <param name="context">Log for the message about waiting, and cancellation.</param>
    /// <returns>
    /// Null where there is no state file and <paramref name="create"/> is false, and where somebody has removed the directory itself.
    /// </returns>
    public static StateFile? Acquire(DirectoryHandle directory, byte[] name, string shown, string about, bool create, EngineContext context)
    {
        while (true)
        {
            int fd = directory.OpenFile(name, Linux.ORdWr | Linux.ONonBlock);
            bool isNew = fd < 0 && Linux.Errno == Errno.NotFound;
            if (isNew && !create)
                return null;
            if (isNew)
                fd = directory.OpenFile(name, Linux.ORdWr | Linux.OCreat | Linux.OExcl, OwnerReadWrite);
            if (fd < 0 && isNew && Linux.Errno == Errno.Exists)
                continue;
            if (fd < 0 && isNew && Linux.Errno == Errno.NotFound)
                return null;
            if (fd < 0)
                throw OpenError(shown);
            FileLock file = new(directory, name, fd);
            bool isLocked = false;
            try
            {
                RefuseOddFile(fd, directory, shown);
                isLocked = file.Take("locking the state file", shown, $"Waiting for another build that works on '{about}'.", context);
            }
            finally
            {
                if (!isLocked)
                    file.Dispose();
            }
            if (isLocked)
                return new StateFile(directory, name, shown, file, isNew);
        }
    }

    /// <summary>
    /// Accepts only a plain file with one name, because a write through another name would overwrite somebody else's file. A state file
    /// says what the engine may delete. So the engine trusts it only if its writers could delete the tree themselves: this user, root, the
    /// directory's owner, and users with write permission for the directory. On a file system without modes everybody has that permission,
    /// for the directory and the file.
    /// </summary>
    private static void RefuseOddFile(int fd, DirectoryHandle directory, string shown)
    {
        if (DirectoryHandle.StatFile(fd) is not { } file || (file.Mode & Linux.FileTypeMask) != Linux.Regular || file.Links > 1)
            throw DiskErrors.InTheWay(shown);
        Linux.StatXResult? parent = directory.StatSelf();
        bool isTrusted = file.Uid == Linux.EffectiveUserId() || file.Uid == 0 || file.Uid == parent?.Uid;
        uint mayDelete = parent is { } p && (p.Mode & Sticky) == 0 ? p.Mode & OthersWrite : 0;
        if (!isTrusted || (file.Mode & OthersWrite & ~mayDelete) != 0)
            throw DiskErrors.StateOfOthers(shown, file.Uid, Convert.ToString(file.Mode & 0b111_111_111_111, 8));
        // An umask that takes the owner's own rights away would keep the next build out.
        if ((file.Mode & OwnerReadWrite) != OwnerReadWrite)
            _ = Linux.Chmod(fd, OwnerReadWrite | (file.Mode & 0b111_111_111u));
    }

    /// <summary>
    /// The content of a state file that only this user or root can have written, read without its lock. Another build may be writing it: so
    /// it vouches for nothing but what is held against the tree itself.
    /// </summary>
    public static StateContent Peek(Destination destination) =>
        (OwnFile.TryRead(destination.Shown(destination.StateFileName), MostBytes) is { } bytes ? StateJson.Parse(bytes) : null) ?? StateContent.Nothing;

    /// <summary>True when the state file names the current tree.</summary>
    public bool Owns(in Linux.StatXResult tree) => Owns(Content, tree);

    public static bool Owns(StateContent content, in Linux.StatXResult tree)
    {
        TreeIdentity identity = Identity(tree);
        return content.Trees.Any(identity.IsSameAs);
    }

    public static TreeIdentity Identity(in Linux.StatXResult tree) => new(tree.Device, tree.Inode, tree.Born, tree.Modified);

    /// <summary>
    /// Writes whole blocks at once, filled up with spaces, and never makes the file shorter. So a build killed at any moment leaves the old
    /// content or the new one.
    /// </summary>
    public override void Write(StateContent content)
    {
        byte[] padded = Padded(content, _length);
        if (padded.Length > MostBytes)
            throw DiskErrors.Failed("writing more into a state file than is read of one", Encoding.UTF8.GetBytes(_shown), Errno.NoSpace);
        nint written = WriteAll(padded);
        bool isShort = written >= 0 && written != padded.Length;
        if (written != padded.Length || Linux.Truncate(_file.Fd, padded.Length) != 0)
        {
            int errno = isShort ? Errno.NoSpace : Linux.Errno;
            // The disk was full after the first blocks of a longer content. The old content needs only blocks that are there.
            if (isShort && _length > 0)
                _ = WriteAll(Padded(Content, _length));
            throw DiskErrors.FromErrno(errno, "writing the state file", Encoding.UTF8.GetBytes(_shown));
        }
        Content = content;
        _length = padded.Length;
    }

    private unsafe nint WriteAll(byte[] bytes)
    {
        fixed (byte* data = bytes)
            return Linux.WriteAt(_file.Fd, data, (nuint)bytes.Length, 0);
    }

    /// <summary>Removes the file. The lock holds until <see cref="Dispose"/>.</summary>
    public override void Remove() => _ = _directory.Unlink(_name);

    public override void Dispose()
    {
        _file.Dispose();
        _directory.Dispose();
    }

    private static OciException OpenError(string shown) => Linux.Errno is Errno.Loop or Errno.IsADirectory or Errno.NoDevice
        ? DiskErrors.InTheWay(shown)
        : DiskErrors.FromErrno(Linux.Errno, "opening the state file", Encoding.UTF8.GetBytes(shown));

    private unsafe byte[] ReadBytes()
    {
        if (DirectoryHandle.StatFile(_file.Fd) is not { } file)
            return [];
        byte[] bytes = new byte[Math.Min(file.Size, MostBytes)];
        nint length;
        fixed (byte* data = bytes)
            length = Linux.ReadAt(_file.Fd, data, (nuint)bytes.Length, 0);
        return length <= 0 ? [] : bytes[..(int)length];
    }
}
