using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>
/// The map of PAX sparse format 1.0, in whole blocks before the data: the number of extents, then offset and length of each, in decimal,
/// one number a line.
/// </summary>
internal ref struct SparseMapText(SparseMap map, ReadOnlySpan<byte> name)
{
    private readonly ReadOnlySpan<byte> _name = name;
    private long _number;
    private bool _hasDigits;
    private long _count = -1;
    private long _given;
    private long _offset = -1;

    /// <summary>Takes the next block; true when the map is complete and the rest of the block is padding.</summary>
    public bool Take(ReadOnlySpan<byte> block)
    {
        foreach (byte b in block)
        {
            int digit = b - '0';
            if ((uint)digit <= 9)
            {
                _hasDigits = true;
                _number = _number > (long.MaxValue - digit) / 10 ? long.MaxValue : _number * 10 + digit;
            }
            else if (b != '\n' || !_hasDigits)
                throw TarErrors.BadNumber(_name, "sparse map", [b], "decimal digits and a newline");
            else if (EndOfLine())
                return true;
        }
        return false;
    }

    private bool EndOfLine()
    {
        if (_count < 0)
            _count = _number;
        else if (_offset < 0)
            _offset = _number;
        else
        {
            map.Add(_offset, _number, _name);
            _offset = -1;
            _given++;
        }
        (_number, _hasDigits) = (0, false);
        return _given == _count;
    }
}
