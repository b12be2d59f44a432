using System.Text;
using System.Text.Json;
using Oci.Rootfs.Disk;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.State;

/// <summary>
/// The file <c>.NAME.oci</c> beside a tree: says that the tree is ours and what it was made of, and is locked (flock(2)) for as long as
/// somebody works on the tree, so that two builds with one destination wait for each other.
/// </summary>
internal sealed class Mark : IDisposable
{
    private const int MostBytes = 1 << 20;
    private const int WaitMilliseconds = 100;

    private readonly Destination _destination;
    private readonly int _fd;

    /// <summary>Of the file, in bytes, up to <see cref="MostBytes"/>.</summary>
    private int _length;

    private Mark(Destination destination, int fd, bool isNew)
    {
        _destination = destination;
        _fd = fd;
        byte[] bytes = ReadBytes();
        // Between the making of a file and its lock another build may have come, worked and gone.
        IsNew = isNew && bytes.Length == 0;
        Content = Parse(bytes) ?? MarkContent.Nothing;
        _length = bytes.Length;
    }

    /// <summary>True when there was no mark before.</summary>
    public bool IsNew { get; }

    public MarkContent Content { get; private set; }

    /// <summary>Opens and locks the mark, waiting for another build that holds it.</summary>
    /// <returns>Null where there is none and none is to be made.</returns>
    public static Mark? Acquire(Destination destination, bool create, RootfsLog log, CancellationToken cancellation)
    {
        while (true)
        {
            int fd = destination.Parent.OpenFile(destination.MarkName, Linux.ORdWr | Linux.ONonBlock);
            bool isNew = fd < 0 && Linux.Errno == Errno.NotFound;
            if (isNew && !create)
                return null;
            if (isNew)
                fd = destination.Parent.OpenFile(destination.MarkName, Linux.ORdWr | Linux.OCreat | Linux.OExcl, 0x1A4);
            if (fd < 0 && isNew && Linux.Errno == Errno.Exists)
                continue;
            if (fd < 0)
                throw OpenError(destination);
            bool isLocked = false;
            try
            {
                isLocked = TryLock(fd, destination, log, cancellation);
            }
            finally
            {
                if (!isLocked)
                    _ = Linux.Close(fd);
            }
            if (isLocked)
                return new Mark(destination, fd, isNew);
        }
    }

    /// <summary>True when the tree that stands there now is one that this mark is for.</summary>
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
    public unsafe void Write(MarkContent content)
    {
        const int Block = 4096;
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(content, MarkJson.Default.MarkContent);
        byte[] padded = new byte[(Math.Max(json.Length, _length - 1) / Block + 1) * Block];
        Array.Fill(padded, (byte)' ');
        json.CopyTo(padded, 0);
        padded[^1] = (byte)'\n';
        nint written;
        fixed (byte* data = padded)
            written = Linux.WriteAt(_fd, data, (nuint)padded.Length, 0);
        bool isShort = written >= 0 && written != padded.Length;
        if (written != padded.Length || Linux.Truncate(_fd, padded.Length) != 0)
            throw DiskErrors.FromErrno(isShort ? Errno.NoSpace : Linux.Errno, "writing the mark beside the tree", Encoding.UTF8.GetBytes(_destination.ShownMark));
        Content = content;
        _length = padded.Length;
    }

    /// <summary>Removes the file; the lock holds until <see cref="Dispose"/>.</summary>
    public void Remove() => _ = _destination.Parent.Unlink(_destination.MarkName);

    public void Dispose() => _ = Linux.Close(_fd);

    private static bool TryLock(int fd, Destination destination, RootfsLog log, CancellationToken cancellation)
    {
        for (bool said = false; Linux.Lock(fd, Linux.LockExclusive | Linux.LockNonBlocking) != 0; said = true)
        {
            if (Linux.Errno is not (Errno.WouldBlock or Errno.Interrupted))
                throw DiskErrors.FromErrno(Linux.Errno, "locking the mark beside the tree", Encoding.UTF8.GetBytes(destination.ShownMark));
            if (!said)
                log.Summary($"Waiting for another build that works on '{destination.ShownPath}'.");
            cancellation.WaitHandle.WaitOne(WaitMilliseconds);
            cancellation.ThrowIfCancellationRequested();
        }
        // Whoever held the lock may have removed the file meanwhile: a lock on a file without a name protects nothing.
        if (DirectoryHandle.StatFile(fd) is not { } opened || destination.Parent.Stat(destination.MarkName) is not { } named
            || named.Inode != opened.Inode || named.Device != opened.Device)
            return false;
        // What is written to a file with another name is written there too; a FIFO holds nothing.
        if ((opened.Mode & Linux.FileTypeMask) != Linux.Regular || opened.Links != 1)
            throw DiskErrors.InTheWay(destination.ShownMark);
        // An umask that takes the owner's own rights away would keep the next build out.
        if ((opened.Mode & 0x180) != 0x180)
            _ = Linux.Chmod(fd, 0x180u | (opened.Mode & 0x1FFu));
        return true;
    }

    private static OciException OpenError(Destination destination) => Linux.Errno is Errno.Loop or Errno.IsADirectory or Errno.NoDevice
        ? DiskErrors.InTheWay(destination.ShownMark)
        : DiskErrors.FromErrno(Linux.Errno, "opening the mark beside the tree", Encoding.UTF8.GetBytes(destination.ShownMark));

    private unsafe byte[] ReadBytes()
    {
        byte[] bytes = new byte[MostBytes];
        nint length;
        fixed (byte* data = bytes)
            length = Linux.ReadAt(_fd, data, (nuint)bytes.Length, 0);
        return length <= 0 ? [] : bytes[..(int)length];
    }

    private static MarkContent? Parse(byte[] bytes)
    {
        try
        {
            MarkContent? content = JsonSerializer.Deserialize(bytes, MarkJson.Default.MarkContent);
            return content is { Format: 1, Trees: not null, LayerOrder: not null, Outputs: not null } ? content : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
