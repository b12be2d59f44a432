using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Oci.Rootfs.Tar;

internal enum TarHeaderFormat : byte
{
    /// <summary>No magic: the bytes behind the link name mean nothing.</summary>
    V7,

    /// <summary><c>ustar\0</c>: POSIX, with or without PAX headers before it; has the prefix field.</summary>
    Ustar,

    /// <summary><c>ustar\0</c> with <c>tar\0</c> at the end: like ustar, but the last 24 bytes of the prefix hold times.</summary>
    Star,

    /// <summary><c>ustar  \0</c>: old GNU, with times and a sparse map in the place of ustar's prefix.</summary>
    Gnu,
}

/// <summary>The 512 bytes of a header, field by field.</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    public const int Size = 512;
    private const int ChecksumOffset = 148;
    private const int PrefixOffset = 345;

    private readonly ReadOnlySpan<byte> _block = block;

    public ReadOnlySpan<byte> Name => UpToNul(_block[..100]);

    public ReadOnlySpan<byte> Mode => _block.Slice(100, 8);

    public ReadOnlySpan<byte> Uid => _block.Slice(108, 8);

    public ReadOnlySpan<byte> Gid => _block.Slice(116, 8);

    public ReadOnlySpan<byte> Length => _block.Slice(124, 12);

    public ReadOnlySpan<byte> Mtime => _block.Slice(136, 12);

    public byte Type => _block[156];

    public ReadOnlySpan<byte> LinkName => UpToNul(_block.Slice(157, 100));

    public ReadOnlySpan<byte> DeviceMajor => _block.Slice(329, 8);

    public ReadOnlySpan<byte> DeviceMinor => _block.Slice(337, 8);

    public ReadOnlySpan<byte> Prefix => Format switch
    {
        TarHeaderFormat.Ustar => UpToNul(_block.Slice(PrefixOffset, 155)),
        TarHeaderFormat.Star => UpToNul(_block.Slice(PrefixOffset, 131)),
        _ => [],
    };

    /// <summary>Old GNU: four pairs of offset and length, 12 bytes each.</summary>
    public ReadOnlySpan<byte> SparseExtents => _block.Slice(386, 96);

    /// <summary>Old GNU: whether a block with more pairs follows.</summary>
    public bool SparseGoesOn => _block[482] != 0;

    public ReadOnlySpan<byte> SparseRealSize => _block.Slice(483, 12);

    public TarHeaderFormat Format
    {
        get
        {
            ReadOnlySpan<byte> magic = _block.Slice(257, 8);
            if (magic.StartsWith("ustar\0"u8))
                return _block[508..].SequenceEqual("tar\0"u8) ? TarHeaderFormat.Star : TarHeaderFormat.Ustar;
            return magic.SequenceEqual("ustar  \0"u8) ? TarHeaderFormat.Gnu : TarHeaderFormat.V7;
        }
    }

    public bool IsZero => _block.IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Reads the stored checksum; false when it is no number, as in data that is no header.</summary>
    public bool TryStoredChecksum(out long checksum)
    {
        ReadOnlySpan<byte> field = _block.Slice(ChecksumOffset, 8);
        bool hasDigit = false;
        foreach (byte b in field)
            hasDigit |= b is >= (byte)'0' and <= (byte)'7';
        return TarNumber.TryField(field, out checksum) && hasDigit;
    }

    /// <summary>The sum of all bytes; the bytes of the checksum itself count as blanks.</summary>
    public int Checksum
    {
        get
        {
            int sum = Sum(_block) + 8 * ' ';
            foreach (byte b in _block.Slice(ChecksumOffset, 8))
                sum -= b;
            return sum;
        }
    }

    /// <summary>The sum of signed bytes, which some old tars stored.</summary>
    public int SignedChecksum
    {
        get
        {
            int sum = 8 * ' ';
            for (int i = 0; i < Size; i++)
                sum += i is >= ChecksumOffset and < ChecksumOffset + 8 ? 0 : (sbyte)_block[i];
            return sum;
        }
    }

    private static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private static int Sum(ReadOnlySpan<byte> block)
    {
        // Each 16-bit lane sums 64 bytes of at most 255, so none overflows.
        ref byte start = ref MemoryMarshal.GetReference(block[..Size]);
        Vector128<ushort> sums = default;
        for (int i = 0; i < Size; i += Vector128<byte>.Count)
        {
            Vector128<byte> bytes = Vector128.LoadUnsafe(ref start, (nuint)i);
            sums += Vector128.WidenLower(bytes) + Vector128.WidenUpper(bytes);
        }
        return (int)Vector128.Sum(Vector128.WidenLower(sums) + Vector128.WidenUpper(sums));
    }
}
