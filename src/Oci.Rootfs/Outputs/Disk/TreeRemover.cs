using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Removes a whole tree of ours, whatever its modes, depth and names. It crosses no mount, follows no link and holds few directories open.
/// It counts the paths that the system refuses to remove, and removes the rest. The caller has checked <see cref="MountTable"/> before.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeRemover
{
    /// <summary>Deeper directories first move up to the top of the tree, so that depth costs no handles and no stack.</summary>
    private const int MostDepth = 64;

    private const uint OwnerAll = 0b111_000_000; // 0700

    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly string _shown;
    private readonly CancellationToken _cancellation;
    private readonly DirectoryHandle _top;
    private readonly Queue<byte[]> _movedUp = new();
    private long _moves;
    private long _removed;
    private long _left;
    private OciException? _failure;

    private TreeRemover(DirectoryHandle top, string shown, CancellationToken cancellation)
    {
        _top = top;
        _shown = shown;
        _cancellation = cancellation;
    }

    /// <summary>Removes the node at a name, if there is one.</summary>
    /// <param name="parent">The node's directory.</param>
    /// <param name="name">The name in that directory.</param>
    /// <param name="shown">The path for messages.</param>
    /// <param name="cancellation">Checked in each directory. The rest of the tree then stays.</param>
    public static Removal Remove(DirectoryHandle parent, ReadOnlySpan<byte> name, string shown, CancellationToken cancellation = default)
    {
        try
        {
            if (parent.Stat(name) is not { } stat)
                return default;
            if (!stat.IsDirectory)
                return parent.Unlink(name) == 0 ? new Removal(1, 0, null) : throw Error("removing a file", shown);
            TreeRemover remover;
            using (DirectoryHandle top = OpenInside(parent, name, parent, shown))
            {
                remover = new TreeRemover(top, shown, cancellation);
                remover.Empty();
            }
            remover.RemoveEmpty(parent, name);
            return new Removal(remover._removed, remover._left, remover._failure);
        }
        catch (OciException e)
        {
            return new Removal(0, 1, e);
        }
    }

    private void Empty()
    {
        do
        {
            EmptyBelow(_top);
        }
        while (_movedUp.TryDequeue(out byte[]? next) && EmptyMoved(next));
    }

    private bool EmptyMoved(byte[] name)
    {
        // The walk over the top may already have removed a name of ours.
        if (_top.Stat(name) is null)
            return true;
        if (TryOpen(_top, name) is not { } directory)
            return true;
        using (directory)
            EmptyBelow(directory);
        RemoveEmpty(_top, name);
        return true;
    }

    /// <summary>Depth first, the open directories on a stack of bounded height.</summary>
    private void EmptyBelow(DirectoryHandle start)
    {
        Stack<Level> open = new();
        try
        {
            Enter(start, null);
            while (open.TryPeek(out Level? at))
            {
                if (at.Subdirectories.TryDequeue(out byte[]? name))
                {
                    if (TryOpen(at.Directory, name) is not { } child)
                        continue;
                    if (open.Count < MostDepth)
                        Enter(child, name);
                    else
                        MoveUp(at.Directory, name, child);
                    continue;
                }
                open.Pop();
                if (at.Name is null)
                    break;
                at.Directory.Dispose();
                RemoveEmpty(open.Peek().Directory, at.Name);
            }
        }
        finally
        {
            while (open.TryPop(out Level? left))
            {
                if (left.Name is not null)
                    left.Directory.Dispose();
            }
        }

        // The level is on the stack before its files go: a cancellation there must not leave its handle open.
        void Enter(DirectoryHandle directory, byte[]? name)
        {
            Level level = new(directory, name, new Queue<byte[]>());
            open.Push(level);
            RemoveFiles(directory, level.Subdirectories);
        }
    }

    private void MoveUp(DirectoryHandle directory, byte[] name, DirectoryHandle child)
    {
        using (child)
        {
            byte[] moved;
            do
            {
                moved = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".oci-moved-{_moves++}"));
            }
            while (_top.Stat(moved) is not null);
            if (directory.Rename(name, _top, moved) == 0)
                _movedUp.Enqueue(moved);
            else
                Leave(Error("moving a directory to remove it", _shown));
        }
    }

    /// <summary>Removes everything in a directory but its subdirectories.</summary>
    private void RemoveFiles(DirectoryHandle directory, Queue<byte[]> subdirectories)
    {
        try
        {
            IReadOnlyList<DirectoryEntry> batch;
            while ((batch = DirectoryReader.Next(directory, _buffer, _shown)).Count > 0)
            {
                _cancellation.ThrowIfCancellationRequested();
                foreach ((byte[] name, bool mayBeDirectory) in batch)
                {
                    if (mayBeDirectory && directory.Stat(name) is { IsDirectory: true })
                        subdirectories.Enqueue(name);
                    else if (directory.Unlink(name) == 0)
                        _removed++;
                    else
                        Leave(Error("removing a file", _shown));
                }
            }
        }
        catch (OciException e)
        {
            Leave(e);
        }
    }

    private void RemoveEmpty(DirectoryHandle parent, ReadOnlySpan<byte> name)
    {
        if (parent.Unlink(name, directory: true) == 0)
            _removed++;
        else
            Leave(Error("removing a directory", _shown));
    }

    private void Leave(OciException why)
    {
        _left++;
        _failure ??= why;
    }

    /// <returns>Null where the directory can't be opened. Then it is left.</returns>
    private DirectoryHandle? TryOpen(DirectoryHandle parent, byte[] name)
    {
        try
        {
            return OpenInside(parent, name, _top, _shown);
        }
        catch (OciException e)
        {
            Leave(e);
            return null;
        }
    }

    /// <summary>Opens a directory that is no mount point. If its mode keeps us out, it first gives the owner all permissions.</summary>
    private static DirectoryHandle OpenInside(DirectoryHandle parent, ReadOnlySpan<byte> name, DirectoryHandle sameDevice, string shown)
    {
        int fd = OpenNoMount(parent, name, Linux.ORdOnly, sameDevice, shown);
        if (fd < 0 && Linux.Errno == Errno.AccessDenied)
        {
            GiveAccess(parent, name, sameDevice, shown);
            fd = OpenNoMount(parent, name, Linux.ORdOnly, sameDevice, shown);
        }
        if (fd < 0)
            throw Error("opening a directory to remove it", shown);
        DirectoryHandle directory = new(fd);
        if (directory.StatSelf() is { } stat && (stat.Mode & OwnerAll) != OwnerAll)
            _ = Linux.Chmod(directory.Fd, OwnerAll);
        return directory;
    }

    private static unsafe void GiveAccess(DirectoryHandle parent, ReadOnlySpan<byte> name, DirectoryHandle sameDevice, string shown)
    {
        int fd = OpenNoMount(parent, name, Linux.OPath, sameDevice, shown);
        if (fd < 0)
            throw Error("opening a directory to remove it", shown);
        using DirectoryHandle handle = new(fd);
        fixed (byte* path = DirectoryHandle.HandlePath(fd))
        {
            if (Linux.ChmodPath(path, OwnerAll) != 0)
                throw Error("opening a directory to remove it", shown);
        }
    }

    /// <returns>Negative (errno) where the directory can't be opened.</returns>
    private static unsafe int OpenNoMount(DirectoryHandle parent, ReadOnlySpan<byte> name, int access, DirectoryHandle sameDevice, string shown)
    {
        int flags = access | Linux.ODirectory | Linux.ONoFollow | Linux.OCloExec;
        int fd;
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
            fd = Linux.OpenBeneath(parent.Fd, n, flags);
        if (fd < 0 && Linux.Errno == Errno.CrossDevice)
            throw DiskErrors.MountInside(shown);
        if (fd >= 0 || Linux.Errno is not (Errno.NoSystemCall or Errno.PermissionDenied))
            return fd;
        // Older kernels and container sandboxes lack openat2. Then the remover compares the device.
        fd = parent.OpenFile(name, access | Linux.ODirectory);
        if (fd < 0 || DirectoryHandle.StatFile(fd)?.Device == sameDevice.StatSelf()?.Device)
            return fd;
        _ = Linux.Close(fd);
        throw DiskErrors.MountInside(shown);
    }

    private static OciException Error(string doing, string shown) => Linux.Errno == Errno.Busy
        ? DiskErrors.MountInside(shown)
        : DiskErrors.FromErrno(Linux.Errno, doing, Encoding.UTF8.GetBytes(shown));

    /// <param name="Directory">An open handle.</param>
    /// <param name="Name">The name in the level above; null for the first level, whose handle belongs to the caller.</param>
    /// <param name="Subdirectories">The subdirectories that it still has.</param>
    private sealed record Level(DirectoryHandle Directory, byte[]? Name, Queue<byte[]> Subdirectories);
}
