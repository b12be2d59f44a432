using System.Runtime.Versioning;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Compares the bytes of files that stand with those of their layers. It writes nothing.</summary>
/// <param name="tree">The tree that stands. A file with other bytes is gone for it afterwards.</param>
/// <param name="handles">Its directories.</param>
/// <param name="places">By content: the place of the file.</param>
[SupportedOSPlatform("linux")]
internal sealed class ContentCheck(StandingTree tree, TreeHandles handles, IReadOnlyDictionary<ContentRef, int> places) : IContentSink, IDisposable
{
    private const int PieceBytes = 256 << 10;

    private readonly NativeBuffer _buffer = new(PieceBytes);

    /// <summary>The places of files with other bytes than those of their layers.</summary>
    public List<int> Wrong { get; } = [];

    /// <summary>The number of files that this user may not read.</summary>
    public int Unreadable { get; private set; }

    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        if (!places.TryGetValue(content, out int place))
            return;
        ref StandingNode node = ref tree[place];
        int fd = handles.TryOpenFile(node);
        if (fd < 0)
        {
            Unreadable++;
            return;
        }
        try
        {
            if (!IsSame(fd, file, row.Size))
                Wrong.Add(place);
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

    public void EndLayer(LayerTable layer)
    {
        // Nothing was kept.
    }

    public void Dispose() => _buffer.Dispose();

    private bool IsSame(int fd, IEntryContent file, long size)
    {
        long at = 0;
        while (file.ReadContent(out long offset, out ReadOnlySpan<byte> data))
        {
            if (!IsZero(fd, at, offset))
                return false;
            for (int done = 0; done < data.Length;)
            {
                ReadOnlySpan<byte> piece = data.Slice(done, Math.Min(PieceBytes, data.Length - done));
                if (!Read(fd, offset + done, piece.Length).SequenceEqual(piece))
                    return false;
                done += piece.Length;
            }
            at = offset + data.Length;
        }
        return IsZero(fd, at, size) && Read(fd, size, 1).IsEmpty;
    }

    private bool IsZero(int fd, long from, long to)
    {
        for (; from < to; from += PieceBytes)
        {
            int length = (int)Math.Min(PieceBytes, to - from);
            ReadOnlySpan<byte> bytes = Read(fd, from, length);
            if (bytes.Length != length || bytes.ContainsAnyExcept((byte)0))
                return false;
        }
        return true;
    }

    /// <summary>Fewer bytes at the end of the file; none where the disk fails.</summary>
    private ReadOnlySpan<byte> Read(int fd, long offset, int length) => _buffer.Span[..Math.Max(DirectoryHandle.ReadFile(fd, offset, _buffer.Span[..length]), 0)];
}
