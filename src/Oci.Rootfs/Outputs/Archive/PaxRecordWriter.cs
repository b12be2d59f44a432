using System.Buffers;
using System.Buffers.Text;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>The records of one PAX extended header (POSIX, pax(1)): <c>LENGTH KEYWORD=VALUE\n</c> each, with values in raw bytes.</summary>
internal sealed class PaxRecordWriter
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Records => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Add(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value) => Add(keyword, [], value);

    public void Add(ReadOnlySpan<byte> keyword, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = Utf8Formatter.TryFormat(number, digits, out int length);
        Add(keyword, digits[..length]);
    }

    /// <summary>
    /// A time with a fraction of nine digits: sqfstar stops at a time without one, and mkfs.erofs takes fewer digits for the nanoseconds.
    /// Seconds are rounded down in <see cref="FileTime"/>, and toward zero in the record.
    /// </summary>
    public void AddTime(ReadOnlySpan<byte> keyword, FileTime time)
    {
        Span<byte> text = stackalloc byte[32];
        bool isBelow = time is { Seconds: < 0, Nanoseconds: > 0 };
        long seconds = isBelow ? time.Seconds + 1 : time.Seconds;
        int nanoseconds = isBelow ? 1_000_000_000 - time.Nanoseconds : time.Nanoseconds;
        int length = 0;
        if (isBelow && seconds == 0)
            text[length++] = (byte)'-';
        _ = Utf8Formatter.TryFormat(seconds, text[length..], out int written);
        length += written;
        text[length++] = (byte)'.';
        _ = Utf8Formatter.TryFormat(nanoseconds, text[length..], out written, new StandardFormat('D', 9));
        Add(keyword, text[..(length + written)]);
    }

    /// <summary>
    /// An extended attribute. In its name, <c>%</c> and <c>=</c> are written as GNU tar writes them: a bare <c>=</c> would end the keyword.
    /// </summary>
    public void AddXattr(Xattr xattr)
    {
        ReadOnlySpan<byte> name = xattr.Name;
        if (name.IndexOfAny((byte)'%', (byte)'=') < 0)
        {
            Add("SCHILY.xattr."u8, name, xattr.Value);
            return;
        }
        byte[] encoded = new byte[name.Length * 3];
        int length = 0;
        foreach (byte b in name)
        {
            ReadOnlySpan<byte> text = b switch { (byte)'%' => "%25"u8, (byte)'=' => "%3D"u8, _ => [b] };
            text.CopyTo(encoded.AsSpan(length));
            length += text.Length;
        }
        Add("SCHILY.xattr."u8, encoded.AsSpan(0, length), xattr.Value);
    }

    private void Add(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> value)
    {
        int content = keyword.Length + rest.Length + value.Length + 3;
        int total = content + Digits(content);
        // One more digit of the length may make the length one digit longer.
        total = content + Digits(total);
        if (_length + total > _bytes.Length)
            Arrays.Grow(ref _bytes, Math.Max(_bytes.Length * 2, _length + total));
        Span<byte> record = _bytes.AsSpan(_length, total);
        _ = Utf8Formatter.TryFormat(total, record, out int at);
        record[at++] = (byte)' ';
        at = Append(record, at, keyword);
        at = Append(record, at, rest);
        record[at++] = (byte)'=';
        at = Append(record, at, value);
        record[at] = (byte)'\n';
        _length += total;
    }

    private static int Append(Span<byte> record, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(record[at..]);
        return at + bytes.Length;
    }

    private static int Digits(int number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
            digits++;
        return digits;
    }
}
