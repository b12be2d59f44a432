using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>The <c>GNU.sparse.</c> records of one PAX header: sparse formats 0.0, 0.1 and 1.0 (rule 71).</summary>
internal sealed class PaxSparse
{
    private readonly List<long> _pairs = [];
    private ReadOnlyMemory<byte> _map;
    private long? _major;
    private long? _minor;
    private long? _count;
    private long? _size;
    private long? _realSize;
    private bool _any;

    /// <summary>The file's true name; formats 0.1 and 1.0 write a made-up name into the header.</summary>
    public ReadOnlyMemory<byte> Name;

    /// <summary>Whether the header has any record of a sparse file.</summary>
    public bool Any => _any;

    /// <summary>Format 1.0: the map stands before the data.</summary>
    public bool MapIsInData => _major == 1 && _minor == 0;

    public void Clear()
    {
        if (!_any)
            return;
        _any = false;
        _pairs.Clear();
        if (_pairs.Capacity > 4096)
            _pairs.Capacity = 0;
        _map = Name = default;
        _major = _minor = _count = _size = _realSize = null;
    }

    public void Take(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, ReadOnlySpan<byte> name)
    {
        _any = true;
        if (key.SequenceEqual("offset"u8) || key.SequenceEqual("numbytes"u8))
            TakePair(key[0] == 'n', value.Span, name);
        else if (key.SequenceEqual("map"u8))
            _map = value;
        else if (key.SequenceEqual("name"u8))
            Name = PaxRecords.WithoutNul(value, name, "GNU.sparse.name");
        else if (key.SequenceEqual("numblocks"u8))
            _count = PaxRecords.Number(value.Span, name, "number of sparse extents");
        else if (key.SequenceEqual("size"u8))
            _size = PaxRecords.Number(value.Span, name, "real size");
        else if (key.SequenceEqual("realsize"u8))
            _realSize = PaxRecords.Number(value.Span, name, "real size");
        else if (key.SequenceEqual("major"u8))
            _major = PaxRecords.Number(value.Span, name, "sparse format");
        else if (key.SequenceEqual("minor"u8))
            _minor = PaxRecords.Number(value.Span, name, "sparse format");
    }

    /// <summary>The file's size including its holes.</summary>
    public long RealSize(ReadOnlySpan<byte> name)
    {
        if (_size is not null && _realSize is not null && _size != _realSize)
            throw TarErrors.BadSparseMap(name, $"GNU.sparse.realsize to be GNU.sparse.size, {_size}", $"{_realSize}");
        return _realSize ?? _size ?? throw TarErrors.UnknownSparseFormat(name, "no GNU.sparse.realsize");
    }

    /// <summary>Formats 0.0 and 0.1: fills the map from the records.</summary>
    public void FillMap(SparseMap map, ReadOnlySpan<byte> name)
    {
        if (_major is not (null or 0) || _minor is not (null or 0 or 1))
            throw TarErrors.UnknownSparseFormat(name, $"{_major}.{_minor}");
        if (_map.IsEmpty == (_pairs.Count == 0) && _count != 0)
            throw TarErrors.UnknownSparseFormat(name, _map.IsEmpty ? "no map" : "two maps");
        if (!_map.IsEmpty)
            ReadMapRecord(name);
        if (_pairs.Count % 2 != 0 || _count != _pairs.Count / 2)
            throw TarErrors.BadSparseMap(name, $"{_count} extents", $"{_pairs.Count} numbers");
        for (int i = 0; i < _pairs.Count; i += 2)
            map.Add(_pairs[i], _pairs[i + 1], name);
    }

    /// <summary>Format 0.0: takes one number a record, offsets and lengths in turn.</summary>
    private void TakePair(bool isLength, ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        if (isLength != (_pairs.Count % 2 == 1))
            throw TarErrors.BadSparseMap(name, "GNU.sparse.offset and GNU.sparse.numbytes in turns", "one of them twice");
        _pairs.Add(Number(value, name));
    }

    /// <summary>Format 0.1: reads all numbers from one record, between commas.</summary>
    private void ReadMapRecord(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> text = _map.Span;
        foreach (Range part in text.Split((byte)','))
            _pairs.Add(Number(text[part], name));
    }

    private static long Number(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
        => PaxRecords.Number(value, name, "sparse map") ?? throw TarErrors.BadNumber(name, "sparse map", value, "decimal digits");
}
