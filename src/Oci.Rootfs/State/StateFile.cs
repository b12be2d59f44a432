using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.State;

/// <summary>
/// The file <c>.NAME.oci</c> beside a tree: says that the tree is ours and what it was made of, and is locked (flock(2)) for as long as
/// somebody works on the tree, so that two builds with one destination wait for each other.
/// </summary>
internal sealed class StateFile : IDisposable
{
    /// <summary>More than any state file has: what is written can be read.</summary>
    private const int MostBytes = 2 << 20;

    private const uint OthersWrite = 0b000_010_010;
    private const uint Sticky = 0b1_000_000_000; // 01000
    private const uint OwnerReadWrite = 0b110_000_000; // 0600

    private readonly FileLock _file;
    private readonly DirectoryHandle _directory;
    private readonly byte[] _name;
    private readonly string _shown;

    /// <summary>Of the file, in bytes, up to <see cref="MostBytes"/>.</summary>
    private int _length;

    private StateFile(DirectoryHandle directory, byte[] name, string shown, FileLock file, bool isNew)
    {
        (_directory, _name, _shown, _file) = (directory, name, shown, file);
        byte[] bytes = ReadBytes();
        // Between the making of a file and its lock another build may have come, worked and gone.
        IsNew = isNew && bytes.Length == 0;
        Content = StateJson.Parse(bytes) ?? StateContent.Nothing;
        _length = bytes.Length;
    }

    /// <summary>True when there was no state file before.</summary>
    public bool IsNew { get; }

    public StateContent Content { get; private set; }

    /// <summary>Opens and locks the state file, waiting for another build that holds it.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="name">In there.</param>
    /// <param name="shown">Its path, for messages.</param>
    /// <param name="about">What it stands beside, for the message that a build waits.</param>
    /// <param name="create">Makes one where there is none.</param>
    /// <param name="context">Told of the wait, and asked for cancellation.</param>
    /// <returns>Null where there is none and none is to be made.</returns>
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
    /// A state file is a plain file with one name: through another one, somebody else's file would be overwritten. It says what may be
    /// deleted, so only those are believed who could delete it themselves: us, root, the owner of the directory, and whoever may write in
    /// there. On a file system without modes that is everybody, for the directory as for the file.
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

    /// <summary>True when the tree that stands there now is one that this state file is for.</summary>
    public bool Owns(in Linux.StatXResult tree)
    {
        TreeIdentity identity = Identity(tree);
        return Content.Trees.Any(identity.IsSameAs);
    }

    public static TreeIdentity Identity(in Linux.StatXResult tree) => new(tree.Device, tree.Inode, tree.Born, tree.Modified);

    /// <summary>
    /// One write of whole blocks, the rest filled with spaces, and never shorter than before: a build killed at any moment leaves the old
    /// content or the new one.
    /// </summary>
    public unsafe void Write(StateContent content)
    {
        const int Block = 4096;
        ReadOnlySpan<byte> json = StateJson.Write(content);
        byte[] padded = new byte[(Math.Max(json.Length, _length - 1) / Block + 1) * Block];
        if (padded.Length > MostBytes)
            throw DiskErrors.Failed("writing more into a state file than is read of one", Encoding.UTF8.GetBytes(_shown), Errno.NoSpace);
        json.CopyTo(padded);
        for (int i = json.Length; i < padded.Length; i++)
            padded[i] = (byte)' ';
        padded[^1] = (byte)'\n';
        nint written;
        fixed (byte* data = padded)
            written = Linux.WriteAt(_file.Fd, data, (nuint)padded.Length, 0);
        bool isShort = written >= 0 && written != padded.Length;
        if (written != padded.Length || Linux.Truncate(_file.Fd, padded.Length) != 0)
            throw DiskErrors.FromErrno(isShort ? Errno.NoSpace : Linux.Errno, "writing the state file", Encoding.UTF8.GetBytes(_shown));
        Content = content;
        _length = padded.Length;
    }

    /// <summary>Removes the file; the lock holds until <see cref="Dispose"/>.</summary>
    public void Remove() => _ = _directory.Unlink(_name);

    public void Dispose() => _file.Dispose();

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
