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
    private const int MostBytes = 1 << 20;

    private readonly Destination _destination;
    private readonly FileLock _file;

    /// <summary>Of the file, in bytes, up to <see cref="MostBytes"/>.</summary>
    private int _length;

    private StateFile(Destination destination, FileLock file, bool isNew)
    {
        _destination = destination;
        _file = file;
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
    /// <returns>Null where there is none and none is to be made.</returns>
    public static StateFile? Acquire(Destination destination, bool create, EngineContext context)
    {
        while (true)
        {
            int fd = destination.Parent.OpenFile(destination.StateFileName, Linux.ORdWr | Linux.ONonBlock);
            bool isNew = fd < 0 && Linux.Errno == Errno.NotFound;
            if (isNew && !create)
                return null;
            if (isNew)
                fd = destination.Parent.OpenFile(destination.StateFileName, Linux.ORdWr | Linux.OCreat | Linux.OExcl, 0x180);
            if (fd < 0 && isNew && Linux.Errno == Errno.Exists)
                continue;
            if (fd < 0)
                throw OpenError(destination);
            FileLock file = new(destination.Parent, destination.StateFileName, fd);
            bool isLocked = false;
            try
            {
                RefuseOddFile(fd, destination);
                isLocked = file.Take(
                    "locking the state file beside the tree", destination.ShownStateFile, $"Waiting for another build that works on '{destination.ShownPath}'.", context);
            }
            finally
            {
                if (!isLocked)
                    file.Dispose();
            }
            if (isLocked)
                return new StateFile(destination, file, isNew);
        }
    }

    /// <summary>A state file is a plain file with one name: through another one, somebody else's file would be overwritten.</summary>
    private static void RefuseOddFile(int fd, Destination destination)
    {
        if (DirectoryHandle.StatFile(fd) is not { } file || (file.Mode & Linux.FileTypeMask) != Linux.Regular || file.Links > 1)
            throw DiskErrors.InTheWay(destination.ShownStateFile);
        // An umask that takes the owner's own rights away would keep the next build out.
        if ((file.Mode & 0x180) != 0x180)
            _ = Linux.Chmod(fd, 0x180u | (file.Mode & 0x1FFu));
    }

    /// <summary>True when the tree that stands there now is one that this state file is for.</summary>
    public bool Owns(in Linux.StatXResult tree)
    {
        TreeIdentity identity = Identity(tree);
        return Content.Trees.Any(identity.IsSameAs);
    }

    public static TreeIdentity Identity(in Linux.StatXResult tree) => new(tree.Device, tree.Inode, tree.Born);

    /// <summary>
    /// One write of whole blocks, the rest filled with spaces, and never shorter than before: a build killed at any moment leaves the old
    /// content or the new one.
    /// </summary>
    public unsafe void Write(StateContent content)
    {
        const int Block = 4096;
        ReadOnlySpan<byte> json = StateJson.Write(content);
        byte[] padded = new byte[(Math.Max(json.Length, _length - 1) / Block + 1) * Block];
        json.CopyTo(padded);
        for (int i = json.Length; i < padded.Length; i++)
            padded[i] = (byte)' ';
        padded[^1] = (byte)'\n';
        nint written;
        fixed (byte* data = padded)
            written = Linux.WriteAt(_file.Fd, data, (nuint)padded.Length, 0);
        bool isShort = written >= 0 && written != padded.Length;
        if (written != padded.Length || Linux.Truncate(_file.Fd, padded.Length) != 0)
            throw DiskErrors.FromErrno(isShort ? Errno.NoSpace : Linux.Errno, "writing the state file beside the tree", Encoding.UTF8.GetBytes(_destination.ShownStateFile));
        Content = content;
        _length = padded.Length;
    }

    /// <summary>Removes the file; the lock holds until <see cref="Dispose"/>.</summary>
    public void Remove() => _ = _destination.Parent.Unlink(_destination.StateFileName);

    public void Dispose() => _file.Dispose();

    private static OciException OpenError(Destination destination) => Linux.Errno is Errno.Loop or Errno.IsADirectory or Errno.NoDevice
        ? DiskErrors.InTheWay(destination.ShownStateFile)
        : DiskErrors.FromErrno(Linux.Errno, "opening the state file beside the tree", Encoding.UTF8.GetBytes(destination.ShownStateFile));

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
