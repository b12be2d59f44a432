namespace Oci.Rootfs.Tar;

/// <summary>
/// Reads the numbers of tar headers. A number too large for 64 bits becomes the nearest one that fits, and the caller's range check then
/// refuses it.
/// </summary>
internal static class TarNumber
{
    /// <summary>
    /// Reads a header field. Octal digits may follow blanks, and end at a blank, a NUL or the field's end; no digits mean 0. If the first
    /// bit is set, the field is base-256, two's complement.
    /// </summary>
    public static bool TryField(ReadOnlySpan<byte> field, out long value)
    {
        if ((field[0] & 0x80) != 0)
        {
            value = Base256(field);
            return true;
        }
        value = 0;
        int i = 0;
        while (i < field.Length && field[i] == ' ')
            i++;
        // A field has at most 12 digits of 3 bits, so nothing overflows.
        for (; i < field.Length && (uint)(field[i] - '0') < 8; i++)
            value = value << 3 | (uint)(field[i] - '0');
        return i == field.Length || field[i] is 0 or (byte)' ';
    }

    /// <summary>Reads decimal digits, perhaps with a minus before them.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        bool negative = text is [(byte)'-', ..];
        if (negative)
            text = text[1..];
        foreach (byte b in text)
        {
            int digit = b - '0';
            if ((uint)digit > 9)
                return false;
            value = value > (long.MaxValue - digit) / 10 ? long.MaxValue : value * 10 + digit;
        }
        if (negative)
            value = -value;
        return !text.IsEmpty;
    }

    /// <summary>
    /// Reads a PAX time, <c>-1.5</c> or <c>12</c>. It cuts off digits after the ninth of the fraction. It ignores an exponent
    /// (<c>1e-05</c>), as GNU tar and bsdtar do: POSIX has none, but Python's tarfile writes one (rule 73). False also for a time outside
    /// 64 bits.
    /// </summary>
    public static bool TryTime(ReadOnlySpan<byte> text, out FileTime time)
    {
        time = default;
        text = WithoutExponent(text);
        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? text : text[..point];
        if (!TryDecimal(whole, out long seconds) || IsCut(seconds))
            return false;
        int nanoseconds = 0;
        if (point >= 0 && !TryFraction(text[(point + 1)..], out nanoseconds))
            return false;
        if (whole[0] == '-' && nanoseconds > 0)
            (seconds, nanoseconds) = (seconds - 1, 1_000_000_000 - nanoseconds);
        time = new FileTime(seconds, nanoseconds);
        return true;
    }

    /// <summary>True for the value of a number that does not fit into 64 bits.</summary>
    public static bool IsCut(long value) => value is long.MaxValue or <= -long.MaxValue;

    private static ReadOnlySpan<byte> WithoutExponent(ReadOnlySpan<byte> text)
    {
        int e = text.IndexOfAny((byte)'e', (byte)'E');
        if (e < 0)
            return text;
        ReadOnlySpan<byte> exponent = text[(e + 1)..];
        if (exponent is [(byte)'+' or (byte)'-', ..])
            exponent = exponent[1..];
        return exponent.IsEmpty || exponent.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? text : text[..e];
    }

    private static bool TryFraction(ReadOnlySpan<byte> digits, out int nanoseconds)
    {
        nanoseconds = 0;
        int unit = 100_000_000;
        foreach (byte b in digits)
        {
            if ((uint)(b - '0') > 9)
                return false;
            nanoseconds += (b - '0') * unit;
            unit /= 10;
        }
        return true;
    }

    private static long Base256(ReadOnlySpan<byte> field)
    {
        bool negative = (field[0] & 0x40) != 0;
        // Bits 0 to 6 of the first byte are the number's highest seven bits; bit 6 is the sign.
        long value = negative ? (field[0] | ~0x7fL) : field[0] & 0x3f;
        foreach (byte b in field[1..])
        {
            if (value is > long.MaxValue >> 8 or < long.MinValue >> 8)
                return negative ? long.MinValue : long.MaxValue;
            value = value << 8 | b;
        }
        return value;
    }
}
