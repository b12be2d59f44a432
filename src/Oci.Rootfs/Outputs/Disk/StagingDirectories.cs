using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Handles to the directories of the staging tree, by path. The last used ones stay open. For any other, the engine opens one component
/// after the other from the nearest open ancestor. It opens only directories that it made, and follows no link.
/// </summary>
/// <remarks>
/// Two long ways would push each other out. So only the last <see cref="Near"/> levels of a way stay open, and above them the checkpoints.
/// A checkpoint's depth is a multiple of <see cref="Near"/>. Checkpoints have room of their own, so they are still open on the way back up
/// from a long chain. A caller that asks for directories in no order first asks <see cref="IsNear"/>. A caller that goes in the order of
/// the tree need not.
/// </remarks>
[SupportedOSPlatform("linux")]
internal class StagingDirectories : IDisposable
{
    /// <summary>In levels. Trees of honest images have fewer, so all their ways are near and stay open as a whole.</summary>
    public const int Near = 64;

    /// <summary>Enough for a caller that goes in the order of the tree: two ways that are near.</summary>
    public const int MostInOrder = 2 * Near;

    private const int MostOpen = 500;

    private readonly PathTable _paths;
    private readonly DirectoryHandle _root;
    private readonly OpenDirectories _recent;
    private readonly OpenDirectories _checkpoints;
    private int _lastPath = PathTable.None;
    private DirectoryHandle? _last;

    /// <param name="paths">The image's paths.</param>
    /// <param name="root">The staging tree's root; its ownership passes to this object.</param>
    /// <param name="mostOpen">The number of handles to keep, and a quarter of it for checkpoints, where the process may have so many.</param>
    public StagingDirectories(PathTable paths, DirectoryHandle root, int mostOpen = MostOpen)
    {
        _paths = paths;
        _root = root;
        // An update that writes archives has nine such objects, and other code needs open files too.
        int most = (int)Math.Clamp(OpenFilesAllowed() / 16, 16, (ulong)mostOpen);
        _recent = new OpenDirectories(most);
        _checkpoints = new OpenDirectories(most / 4);
    }

    /// <summary>The number of directories opened so far, as a measure of cost.</summary>
    public long Opened { get; private set; }

    /// <summary>The handle of an existing directory; valid until the next call unless held.</summary>
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

    /// <summary>Whether the engine has to open few directories to get to this one, however deep it is.</summary>
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

    /// <summary>Forgets all but the root: directories with many others in them were moved.</summary>
    public void ForgetAll()
    {
        _recent.Dispose();
        _checkpoints.Dispose();
        _lastPath = PathTable.None;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        ForgetAll();
        _root.Dispose();
    }

    /// <summary>Opens one directory below another, which is open.</summary>
    protected virtual DirectoryHandle Open(DirectoryHandle parent, int path) => parent.OpenChild(_paths.Name(path)) ?? throw OpenError(path);

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
        // The walk holds its current handle: opening more directories may push that one out of the cache.
        DirectoryHandle handle = (from ?? _root).Hold();
        try
        {
            while (missing.TryPop(out int next))
            {
                DirectoryHandle child = Open(handle, next);
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

    protected OciException OpenError(int path) => Linux.Errno is Errno.NotFound or Errno.NotADirectory or Errno.Loop
        ? DiskErrors.Changed(_paths.Bytes(path))
        : DiskErrors.FromErrno(Linux.Errno, "opening a directory", _paths.Bytes(path));

    private static unsafe ulong OpenFilesAllowed()
    {
        Linux.ResourceLimit limit;
        return Linux.GetLimit(Linux.LimitOfOpenFiles, &limit) == 0 ? limit.Soft : MostOpen;
    }
}
