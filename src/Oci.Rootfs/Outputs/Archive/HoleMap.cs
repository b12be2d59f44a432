using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// Where a large file has data: blocks that are not all zeros. The map depends on the content only, and not on how a layer or the file
/// system stores it, so that the archive of a tree is the same everywhere.
/// </summary>
internal sealed class HoleMap
{
    /// <summary>A shorter run of zeros is no hole: the map would cost as much as it saves.</summary>
    private const int LeastBlock = 64 << 10;

    /// <summary>Larger files have larger blocks. So the map takes a few megabytes at most.</summary>
    private const int MostBlocks = 1 << 20;

    private readonly long _block;
    private readonly long _size;

    private HoleMap(long size)
    {
        _size = size;
        _block = LeastBlock;
        while (size / _block >= MostBlocks)
            _block *= 2;
    }

    public Paged<Extent> Extents { get; } = new();

    /// <summary>The bytes in all extents.</summary>
    public long DataBytes { get; private set; }

    /// <summary>A run of blocks with data.</summary>
    internal readonly record struct Extent(long Offset, long Length);

    /// <summary>Reads a whole file but its holes.</summary>
    public static HoleMap Read(ITreeContent content, long size, Span<byte> buffer, CancellationToken cancellation)
    {
        HoleMap map = new(size);
        long at = content.NextData(0);
        while (at < size)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = content.Read(at, buffer[..(int)Math.Min(buffer.Length, size - at)]);
            if (count == 0)
                break;
            int data = buffer[..count].IndexOfAnyExcept((byte)0);
            if (data < 0)
            {
                at = content.NextData(at + count);
                continue;
            }
            map.Add(at + data);
            // The rest of this block is in the map, whatever it holds.
            at = content.NextData((at + data) / map._block * map._block + map._block);
        }
        return map;
    }

    private void Add(long offset)
    {
        long start = offset / _block * _block;
        long length = Math.Min(_block, _size - start);
        DataBytes += length;
        if (Extents.Count > 0 && Extents[Extents.Count - 1] is var last && last.Offset + last.Length == start)
            Extents[Extents.Count - 1] = new Extent(last.Offset, last.Length + length);
        else
            Extents.Add(new Extent(start, length));
    }
}
