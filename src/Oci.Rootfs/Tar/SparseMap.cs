using System.Runtime.InteropServices;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>The places of a sparse file's data: extents in rising order that do not touch (rule 71).</summary>
internal sealed class SparseMap
{
    /// <summary>The block size of most file systems.</summary>
    private const int BlockBytes = 4096;

    private readonly List<Extent> _extents = [];
    private long _end;

    internal readonly record struct Extent(long Offset, long Length);

    public ReadOnlySpan<Extent> Extents => CollectionsMarshal.AsSpan(_extents);

    /// <summary>Bytes of data in all extents.</summary>
    public long DataLength { get; private set; }

    public void Clear()
    {
        _extents.Clear();
        if (_extents.Capacity > 4096)
            _extents.Capacity = 0;
        _end = DataLength = 0;
    }

    /// <summary>
    /// Adds an extent. It refuses one that overlaps, runs back or overflows, skips empty ones, and joins extents that touch.
    /// </summary>
    public void Add(long offset, long length, ReadOnlySpan<byte> name)
    {
        if (offset < _end)
            throw TarErrors.BadSparseMap(name, $"an extent at {_end} or later", $"{offset}");
        if (length < 0 || length > long.MaxValue - offset)
            throw TarErrors.BadSparseMap(name, "a length that fits into 63 bits", $"{length} at {offset}");
        if (length > 0 && _extents.Count > 0 && offset == _end)
            _extents[^1] = new Extent(_extents[^1].Offset, _extents[^1].Length + length);
        else if (length > 0)
            _extents.Add(new Extent(offset, length));
        _end = offset + length;
        DataLength += length;
    }

    /// <summary>Bytes of all blocks that the extents touch: an extent of one byte takes a whole block of the file system.</summary>
    public long DiskBytes
    {
        get
        {
            long blocks = 0;
            long free = 0;
            foreach ((long offset, long length) in _extents)
            {
                long first = Math.Max(offset / BlockBytes, free);
                free = ((offset + length - 1) / BlockBytes) + 1;
                blocks += free - first;
            }
            return blocks * BlockBytes;
        }
    }

    /// <summary>Checks that the map stays within the file and covers every stored byte.</summary>
    public void Check(long realSize, long storedSize, ReadOnlySpan<byte> name)
    {
        if (_end > realSize)
            throw TarErrors.BadSparseMap(name, $"extents within the real size of {realSize} bytes", $"one that ends at {_end}");
        if (DataLength != storedSize)
            throw TarErrors.BadSparseMap(name, $"extents for the {storedSize} bytes that are stored", $"extents for {DataLength} bytes");
    }

    /// <summary>Adds pairs of 12-byte fields of old GNU's map; a blank pair ends those of its block.</summary>
    public void AddOldGnu(ReadOnlySpan<byte> pairs, ReadOnlySpan<byte> name)
    {
        for (; pairs.Length >= 24 && pairs[0] != 0 && pairs[12] != 0; pairs = pairs[24..])
            Add(Field(pairs[..12], name), Field(pairs[12..24], name), name);
    }

    private static long Field(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name)
        => TarNumber.TryField(field, out long value) ? value : throw TarErrors.BadNumber(name, "sparse map", field, "octal digits or base-256");
}
