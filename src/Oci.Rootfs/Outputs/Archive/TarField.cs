using System.Buffers.Binary;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>The numeric fields of a ustar header (POSIX, pax(1)), and their extension to large and negative numbers.</summary>
internal static class TarField
{
    /// <summary>The largest number in the eight bytes of an id: seven octal digits.</summary>
    public const long MostOfEight = (1L << 21) - 1;

    /// <summary>The largest number in the twelve bytes of a size or a time: eleven octal digits.</summary>
    public const long MostOfTwelve = (1L << 33) - 1;

    /// <summary>
    /// Writes octal digits and a NUL. A number that they can't hold is written in base 256, two's complement, as GNU tar does: busybox reads
    /// no PAX records.
    /// </summary>
    public static void Number(Span<byte> field, long number)
    {
        long most = field.Length == 8 ? MostOfEight : MostOfTwelve;
        if (number >= 0 && number <= most)
            Octal(field[..^1], number);
        else
            Base256(field, number);
    }

    /// <summary>The checksum's own field: six octal digits, NUL, space.</summary>
    public static void Checksum(Span<byte> block)
    {
        Span<byte> field = block.Slice(148, 8);
        field.Fill((byte)' ');
        int sum = 0;
        foreach (byte b in block)
            sum += b;
        Octal(field[..6], sum);
        field[6] = 0;
    }

    private static void Octal(Span<byte> digits, long number)
    {
        for (int i = digits.Length - 1; i >= 0; i--, number >>= 3)
            digits[i] = (byte)('0' + (number & 7));
    }

    private static void Base256(Span<byte> field, long number)
    {
        field[..^8].Fill(number < 0 ? (byte)0xff : (byte)0);
        BinaryPrimitives.WriteInt64BigEndian(field[^8..], number);
        if (number >= 0)
            field[0] = 0x80;
    }
}
