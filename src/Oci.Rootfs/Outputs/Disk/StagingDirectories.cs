using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Handles to the directories of the staging tree, by path: the last used ones stay open, the others are opened again component by
/// component from the nearest open ancestor. Only directories that we made are ever opened, and no link is followed.
/// </summary>
internal sealed class StagingDirectories : IDisposable
{
    private const int MostOpen = 500;

    /// <summary>Of the files that the process may have open, others need some.</summary>
    private readonly int _mostOpen = (int)Math.Clamp(OpenFilesAllowed() / 4, 16, MostOpen);

    private readonly PathTable _paths;
    private readonly DirectoryHandle _root;
    private readonly Dictionary<int, LinkedListNode<OpenDirectory>> _open = [];
    private readonly LinkedList<OpenDirectory> _byUse = new();
    private int _lastPath = PathTable.None;
    private DirectoryHandle? _last;

    /// <param name="paths">The image's paths.</param>
    /// <param name="root">The staging tree's root; taken over.</param>
    public StagingDirectories(PathTable paths, DirectoryHandle root)
    {
        _paths = paths;
        _root = root;
    }

    /// <summary>The handle of a directory that stands in staging; valid until the next call unless held.</summary>
    public DirectoryHandle Get(int path)
    {
        if (path == PathTable.Root)
            return _root;
        if (path == _lastPath)
            return _last!;
        _last = GetCached(path) ?? Reopen(path);
        _lastPath = path;
        return _last;
    }

    /// <summary>Forgets a directory that was removed or moved away.</summary>
    public void Forget(int path)
    {
        if (_open.Remove(path, out LinkedListNode<OpenDirectory>? node))
        {
            _byUse.Remove(node);
            node.Value.Handle.Dispose();
        }
        if (_lastPath == path)
            _lastPath = PathTable.None;
    }

    public void Dispose()
    {
        foreach (OpenDirectory directory in _byUse)
            directory.Handle.Dispose();
        _byUse.Clear();
        _open.Clear();
        _lastPath = PathTable.None;
        _root.Dispose();
    }

    private DirectoryHandle? GetCached(int path)
    {
        if (!_open.TryGetValue(path, out LinkedListNode<OpenDirectory>? node))
            return null;
        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Handle;
    }

    private DirectoryHandle Reopen(int path)
    {
        IntStack missing = new();
        missing.Push(path);
        int ancestor = _paths.Parent(path);
        DirectoryHandle? from = null;
        while (ancestor != PathTable.Root && (from = GetCached(ancestor)) is null)
        {
            missing.Push(ancestor);
            ancestor = _paths.Parent(ancestor);
        }
        // Held while walking: opening more directories may push the one we came from out of the cache.
        DirectoryHandle handle = (from ?? _root).Hold();
        try
        {
            while (missing.TryPop(out int next))
            {
                DirectoryHandle child = handle.OpenChild(_paths.Name(next)) ?? throw OpenError(next);
                handle.Dispose();
                handle = child.Hold();
                Keep(next, child);
            }
            return handle;
        }
        finally
        {
            handle.Dispose();
        }
    }

    private OciException OpenError(int path) => Linux.Errno is Errno.NotFound or Errno.NotADirectory or Errno.Loop
        ? DiskErrors.Changed(_paths.Bytes(path))
        : DiskErrors.FromErrno(Linux.Errno, "opening a directory", _paths.Bytes(path));

    private static unsafe ulong OpenFilesAllowed()
    {
        Linux.ResourceLimit limit;
        return Linux.GetLimit(Linux.LimitOfOpenFiles, &limit) == 0 ? limit.Soft : MostOpen;
    }

    private void Keep(int path, DirectoryHandle handle)
    {
        if (_open.Count >= _mostOpen)
            Forget(_byUse.Last!.Value.Path);
        _open[path] = _byUse.AddFirst(new OpenDirectory(path, handle));
    }

    private sealed record OpenDirectory(int Path, DirectoryHandle Handle);
}
