using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Handles to the directories of the staging tree, by path: the last used ones stay open, the others are opened again component by
/// component from the nearest open ancestor. Only directories that we made are ever opened, and no link is followed.
/// </summary>
/// <remarks>
/// A long way is not kept whole, or two of them would push each other out: of it stay the last <see cref="Near"/> levels, and above these
/// the checkpoints, whose depth is a multiple of that. They have room of their own: on the way back up from a long chain they are there.
/// Whoever asks for directories in no order asks first whether they are near; whoever goes
/// through the tree in its order needs not.
/// </remarks>
internal sealed class StagingDirectories : IDisposable
{
    /// <summary>Levels. Trees of honest images have fewer: for them all ways are near, and whole.</summary>
    public const int Near = 64;

    private const int MostOpen = 500;

    private readonly PathTable _paths;
    private readonly DirectoryHandle _root;
    private readonly OpenDirectories _recent;
    private readonly OpenDirectories _checkpoints;
    private int _lastPath = PathTable.None;
    private DirectoryHandle? _last;

    /// <param name="paths">The image's paths.</param>
    /// <param name="root">The staging tree's root; taken over.</param>
    public StagingDirectories(PathTable paths, DirectoryHandle root)
    {
        _paths = paths;
        _root = root;
        // Of the files that the process may have open, others need some.
        int most = (int)Math.Clamp(OpenFilesAllowed() / 4, 16, MostOpen);
        _recent = new OpenDirectories(most);
        _checkpoints = new OpenDirectories(most / 4);
    }

    /// <summary>How many were opened so far: what this costs.</summary>
    public long Opened { get; private set; }

    /// <summary>The handle of a directory that stands in staging; valid until the next call unless held.</summary>
    public DirectoryHandle Get(int path)
    {
        if (path == PathTable.Root)
            return _root;
        if (path == _lastPath)
            return _last!;
        _last = Cache(path).Use(path) ?? Reopen(path);
        _lastPath = path;
        return _last;
    }

    /// <summary>Whether few directories need opening to get to this one, however deep it is.</summary>
    public bool IsNear(int path)
    {
        for (int level = 0; level <= Near; level++, path = _paths.Parent(path))
        {
            if (path == PathTable.Root || path == _lastPath || Cache(path).Has(path))
                return true;
        }
        return false;
    }

    /// <summary>Forgets a directory that was removed or moved away.</summary>
    public void Forget(int path)
    {
        Cache(path).Close(path);
        if (_lastPath == path)
            _lastPath = PathTable.None;
    }

    public void Dispose()
    {
        _recent.Dispose();
        _checkpoints.Dispose();
        _lastPath = PathTable.None;
        _root.Dispose();
    }

    private DirectoryHandle Reopen(int path)
    {
        IntStack missing = new();
        missing.Push(path);
        int ancestor = _paths.Parent(path);
        DirectoryHandle? from = null;
        while (ancestor != PathTable.Root && (from = Cache(ancestor).Use(ancestor)) is null)
        {
            missing.Push(ancestor);
            ancestor = _paths.Parent(ancestor);
        }
        int wholeFrom = _paths.Depth(path) - Near;
        // Held while walking: opening more directories may push the one we came from out of the cache.
        DirectoryHandle handle = (from ?? _root).Hold();
        try
        {
            while (missing.TryPop(out int next))
            {
                DirectoryHandle child = handle.OpenChild(_paths.Name(next)) ?? throw OpenError(next);
                Opened++;
                handle.Dispose();
                handle = child;
                if (_paths.Depth(next) > wholeFrom || IsCheckpoint(next))
                    Cache(next).Keep(next, child.Hold());
            }
            return handle;
        }
        finally
        {
            handle.Dispose();
        }
    }

    private bool IsCheckpoint(int path) => _paths.Depth(path) % Near == 0;

    private OpenDirectories Cache(int path) => IsCheckpoint(path) ? _checkpoints : _recent;

    private OciException OpenError(int path) => Linux.Errno is Errno.NotFound or Errno.NotADirectory or Errno.Loop
        ? DiskErrors.Changed(_paths.Bytes(path))
        : DiskErrors.FromErrno(Linux.Errno, "opening a directory", _paths.Bytes(path));

    private static unsafe ulong OpenFilesAllowed()
    {
        Linux.ResourceLimit limit;
        return Linux.GetLimit(Linux.LimitOfOpenFiles, &limit) == 0 ? limit.Soft : MostOpen;
    }
}
