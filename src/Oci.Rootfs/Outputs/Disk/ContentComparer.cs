using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Finds files that came with another layer and have the bytes of the file that stands: a rebuilt layer is full of them. So what is reported
/// as changed was changed, and what was not keeps its inode. Small files are compared while they are read, and only those that differ are
/// written.
/// </summary>
/// <param name="old">The tree that stands.</param>
/// <param name="handles">Its directories; the ownership passes to this object.</param>
/// <param name="cancellation">Checked with every piece.</param>
[SupportedOSPlatform("linux")]
internal sealed class ContentComparer(StandingTree old, TreeHandles handles, CancellationToken cancellation) : IDisposable
{
    private const int NotLookedFor = 0, Nothing = -1;

    private const int PieceBytes = 128 << 10;

    private readonly NativeBuffer _one = new(PieceBytes), _other = new(PieceBytes);

    /// <summary>By new content: the place of the standing file that it was compared with, counted from 1; negative where they differ.</summary>
    private readonly ContentIndex _compared = new();

    /// <summary>Held while parsers of several layers compare what they read.</summary>
    private readonly Lock _lock = new();

    /// <summary>By layer: its parser's buffer.</summary>
    private readonly Dictionary<int, byte[]> _buffers = [];

    /// <summary>By path of the new image: 1 + the path of the standing tree with the same name.</summary>
    private PathMap<int>? _oldPaths;

    /// <summary>
    /// The place of the standing file that a small file of an unknown layer may be equal to. It only guesses: links may lead the path
    /// elsewhere. Called under the lock of the paths.
    /// </summary>
    /// <param name="paths">The paths of the new image.</param>
    /// <param name="path">The file's.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <returns>-1 for none.</returns>
    public int Guess(PathTable paths, int path, long size)
    {
        if (size > SmallFileWriters.LargestFile)
            return -1;
        _oldPaths ??= new PathMap<int>(paths);
        int known = OldPath(paths, path);
        int place = known == Nothing ? -1 : old.Find(known - 1);
        return place >= 0 && old[place].Inode is { Kind: EntryKind.File } file && file.Size == size && old[place].Stamp.IsSet ? place : -1;
    }

    /// <summary>Reads a content, and compares it with a standing file.</summary>
    /// <returns>Null where they are the same; otherwise the content, until the layer's next one.</returns>
    public MemoryContent? Read(IEntryContent file, int place, ContentRef content)
    {
        int size = (int)old[place].Inode.Size;
        byte[] buffer;
        int fd;
        lock (_lock)
        {
            if (!_buffers.TryGetValue(content.Layer, out buffer!))
                _buffers.Add(content.Layer, buffer = new byte[SmallFileWriters.LargestFile]);
            fd = handles.TryOpenAsLeft(old[place]);
        }
        bool same;
        try
        {
            MemoryContent.Read(file, buffer.AsSpan(0, size));
            same = fd >= 0 && IsAt(fd, buffer.AsSpan(0, size));
        }
        finally
        {
            if (fd >= 0)
                _ = Linux.Close(fd);
        }
        if (!same)
            return new MemoryContent(buffer, size);
        lock (_lock)
            _compared.Set(content, place + 1);
        return null;
    }

    /// <summary>The bytes of a standing file, whose size the caller has bounded; null where it is not as it was left.</summary>
    public byte[]? Read(int place)
    {
        int fd = handles.TryOpenAsLeft(old[place]);
        if (fd < 0)
            return null;
        byte[] bytes = new byte[old[place].Inode.Size];
        int count = DirectoryHandle.ReadFile(fd, 0, bytes);
        _ = Linux.Close(fd);
        return count == bytes.Length ? bytes : null;
    }

    /// <param name="place">The place of a standing file.</param>
    /// <param name="content">A new content of the same size.</param>
    /// <param name="staging">The new contents that were written.</param>
    /// <returns>False also where one of them can't be read.</returns>
    public bool AreSame(int place, ContentRef content, StagingTree staging)
    {
        int known = _compared[content];
        // All paths of one file have one answer.
        if (known != 0 && ReferenceEquals(old[Math.Abs(known) - 1].Inode, old[place].Inode))
            return known > 0;
        bool same = Compare(place, content, staging);
        if (same || known <= 0)
            _compared.Set(content, same ? place + 1 : -(place + 1));
        return same;
    }

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
        handles.Dispose();
    }

    private int OldPath(PathTable paths, int path)
    {
        if (path == PathTable.Root)
            return PathTable.Root + 1;
        int known = _oldPaths![path];
        if (known != NotLookedFor)
            return known;
        // A way that is long is walked once; honest ones are short.
        IntStack missing = new();
        int at = path;
        for (; at != PathTable.Root && _oldPaths[at] == NotLookedFor; at = paths.Parent(at))
            missing.Push(at);
        int found = at == PathTable.Root ? PathTable.Root + 1 : _oldPaths[at];
        while (missing.TryPop(out int next))
        {
            int child = found == Nothing ? PathTable.None : old.Paths.Find(found - 1, paths.Name(next));
            found = child == PathTable.None ? Nothing : child + 1;
            _oldPaths.At(next) = found;
        }
        return found;
    }

    private static bool IsAt(int fd, ReadOnlySpan<byte> bytes)
    {
        Span<byte> piece = stackalloc byte[4096];
        for (int at = 0; at < bytes.Length; at += piece.Length)
        {
            ReadOnlySpan<byte> expected = bytes.Slice(at, Math.Min(piece.Length, bytes.Length - at));
            if (DirectoryHandle.ReadFile(fd, at, piece[..expected.Length]) != expected.Length || !piece[..expected.Length].SequenceEqual(expected))
                return false;
        }
        return true;
    }

    private bool Compare(int place, ContentRef content, StagingTree staging)
    {
        ref StandingNode node = ref old[place];
        if (!node.Stamp.IsSet || node.Drift != Drift.None || staging.Find(content) is not { } staged)
            return false;
        (DirectoryHandle directory, byte[] name) = staging.Where(staged);
        int fresh = directory.OpenFile(name, Linux.ORdOnly);
        if (fresh < 0)
            return false;
        int standing = -1;
        try
        {
            standing = handles.TryOpenAsLeft(node);
            return standing >= 0 && HaveSameBytes(standing, fresh, node.Inode.Size);
        }
        finally
        {
            if (standing >= 0)
                _ = Linux.Close(standing);
            _ = Linux.Close(fresh);
        }
    }

    private bool HaveSameBytes(int one, int other, long size)
    {
        for (long at = 0; at < size;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = DirectoryHandle.ReadFile(one, at, _one.Span);
            if (count <= 0 || DirectoryHandle.ReadFile(other, at, _other.Span[..count]) != count || !_one.Span[..count].SequenceEqual(_other.Span[..count]))
                return false;
            at += count;
        }
        return true;
    }
}
