using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>The stored data of the current entry, given out as pieces of the file.</summary>
internal sealed class TarEntryContent(TarInput input, EngineContext context)
{
    private readonly SparseMap _map = new();
    private readonly byte[] _mapBlock = new byte[TarHeader.Size];
    private ReadOnlyMemory<byte> _name;
    private long _stored;
    private long _left;
    private int _lent;
    private int _extent;
    private long _extentDone;

    /// <summary>The place in the input where the data begins.</summary>
    public long Position { get; private set; }

    public bool IsSparse { get; private set; }

    public ReadOnlySpan<SparseMap.Extent> Extents => IsSparse ? _map.Extents : [];

    /// <summary>The bytes that a sparse file takes on the disk beyond its stored bytes.</summary>
    public long BlocksBeyondData => IsSparse ? Math.Max(0, _map.DiskBytes - _map.DataLength) : 0;

    public void OpenNothing()
    {
        _stored = _left = 0;
        Position = input.Position;
        IsSparse = false;
    }

    /// <summary>Prepares to read a file's content; returns the file's apparent size.</summary>
    public long Open(in TarHeader header, TarHelpers helpers, ReadOnlyMemory<byte> name)
    {
        _name = name;
        _stored = _left = TarEntryBuilder.Size(header, helpers.Pax.Size, name.Span);
        IsSparse = false;
        _extentDone = 0;
        long size = _stored;
        if (header.Type == 'S')
            size = OpenOldGnu(header, helpers);
        else if (helpers.Pax.Sparse.Any)
            size = OpenPax(helpers);
        if (size > context.Limits.MaxFileBytes)
            throw TarErrors.FileTooLarge(name.Span, size, context.Limits.MaxFileBytes);
        if (IsSparse)
            _map.Check(size, _left, name.Span);
        Position = input.Position;
        return size;
    }

    public bool Read(out long offset, out ReadOnlySpan<byte> data)
    {
        Release();
        offset = 0;
        data = default;
        if (_left == 0)
            return false;
        ReadOnlySpan<byte> here = input.Peek();
        if (here.IsEmpty)
            throw Truncated();
        long most = Next(out offset);
        data = here[..(int)Math.Min(most, here.Length)];
        _extentDone += data.Length;
        _left -= data.Length;
        _lent = data.Length;
        return true;
    }

    /// <summary>Moves over the last piece.</summary>
    public void Release()
    {
        if (_lent > 0)
            input.Consume(_lent);
        _lent = 0;
    }

    /// <summary>Moves to the next header.</summary>
    public void Finish()
    {
        Release();
        if (_stored == 0)
            return;
        _left -= input.Skip(_left);
        if (_left > 0 || input.SkipPadding(_stored))
            throw Truncated();
        _stored = 0;
    }

    /// <summary>Finds the place of the next byte, and the number of bytes up to a hole or the end.</summary>
    private long Next(out long offset)
    {
        if (!IsSparse)
        {
            offset = _extentDone;
            return _left;
        }
        ReadOnlySpan<SparseMap.Extent> extents = _map.Extents;
        if (_extentDone == extents[_extent].Length)
        {
            _extent++;
            _extentDone = 0;
        }
        offset = extents[_extent].Offset + _extentDone;
        return extents[_extent].Length - _extentDone;
    }

    private long OpenOldGnu(in TarHeader header, TarHelpers helpers)
    {
        ReadOnlySpan<byte> name = _name.Span;
        StartMap();
        _map.AddOldGnu(header.SparseExtents, name);
        for (bool goesOn = header.SparseGoesOn; goesOn; goesOn = _mapBlock[504] != 0)
        {
            ReadMapBlock(helpers);
            _map.AddOldGnu(_mapBlock.AsSpan(0, 504), name);
        }
        long realSize = TarEntryBuilder.Field(header.SparseRealSize, name, "real size");
        return realSize >= 0 ? realSize : throw TarErrors.NegativeSize(name, realSize);
    }

    private long OpenPax(TarHelpers helpers)
    {
        PaxSparse sparse = helpers.Pax.Sparse;
        StartMap();
        if (sparse.MapIsInData)
            ReadMapFromData(helpers);
        else
            sparse.FillMap(_map, _name.Span);
        return sparse.RealSize(_name.Span);
    }

    private void ReadMapFromData(TarHelpers helpers)
    {
        SparseMapText text = new(_map, _name.Span);
        do
        {
            if (_left < TarHeader.Size)
                throw TarErrors.BadSparseMap(_name.Span, "a whole map before the data", "the end of the data");
            ReadMapBlock(helpers);
            _left -= TarHeader.Size;
        }
        while (!text.Take(_mapBlock));
    }

    private void ReadMapBlock(TarHelpers helpers)
    {
        helpers.Count(TarHeader.Size, _name.Span);
        int length = input.ReadBlock(_mapBlock);
        if (length < TarHeader.Size)
            throw TarErrors.Truncated(_name.Span, "a sparse map", TarHeader.Size, length);
    }

    private void StartMap()
    {
        IsSparse = true;
        _extent = 0;
        _map.Clear();
    }

    private OciException Truncated() => _left > 0
        ? TarErrors.Truncated(_name.Span, "a file's content", _stored, _stored - _left)
        : TarErrors.Truncated(_name.Span, "the zeros that fill a file's last block", _stored + (-_stored & (TarHeader.Size - 1)), _stored);
}
