using System.Buffers;
using System.Buffers.Text;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>Buffered text of an mtree file, up to a limit. Its lines of escaped bytes and numbers allocate nothing.</summary>
internal sealed class MtreeText(Stream output, long maxBytes)
{
    /// <summary>Room for the longest number, or for the escape of one byte.</summary>
    private const int MaxPiece = 24;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _flushed;
    private int _used;

    public void Raw(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            if (_used == _buffer.Length)
                Flush();
            int length = Math.Min(text.Length, _buffer.Length - _used);
            text[..length].CopyTo(_buffer.AsSpan(_used));
            _used += length;
            text = text[length..];
        }
    }

    public void Number(long value) => Format(value, default);

    /// <summary>Writes the number with leading zeros.</summary>
    public void Number(long value, byte digits) => Format(value, new StandardFormat('D', digits));

    public void Octal(uint value, int digits)
    {
        Room();
        for (int shift = (digits - 1) * 3; shift >= 0; shift -= 3)
            _buffer[_used++] = (byte)('0' + ((value >> shift) & 7));
    }

    /// <summary>Writes bytes from an image with <see cref="Escape"/>.</summary>
    public void Escaped(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            Room();
            _used += Escape(b, _buffer.AsSpan(_used));
        }
    }

    public void InBase64(ReadOnlySpan<byte> bytes)
    {
        const int Step = 3 * 1024;
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(Step, bytes.Length)..])
        {
            if (_buffer.Length - _used < Step / 3 * 4)
                Flush();
            ReadOnlySpan<byte> piece = bytes[..Math.Min(Step, bytes.Length)];
            Base64.EncodeToUtf8(piece, _buffer.AsSpan(_used), out _, out int written);
            _used += written;
        }
    }

    public void Flush()
    {
        _flushed += _used;
        if (_flushed > maxBytes)
            throw ConfigErrors.MtreeTooLarge(maxBytes);
        output.Write(_buffer, 0, _used);
        _used = 0;
    }

    /// <summary>
    /// Writes one byte as mtree(5) has it. Visible ASCII stays as it is. The exceptions are characters that end a word, begin a comment, an
    /// escape or a value, or are a pattern to some reader. Those and all other bytes become a backslash and three octal digits.
    /// </summary>
    /// <returns>The number of bytes written, 1 or 4.</returns>
    public static int Escape(byte b, Span<byte> to)
    {
        if (b is > (byte)' ' and < 0x7f and not ((byte)'#' or (byte)'\\' or (byte)'=' or (byte)'*' or (byte)'?' or (byte)'['))
        {
            to[0] = b;
            return 1;
        }
        to[3] = (byte)('0' + (b & 7));
        to[2] = (byte)('0' + ((b >> 3) & 7));
        to[1] = (byte)('0' + (b >> 6));
        to[0] = (byte)'\\';
        return 4;
    }

    private void Format(long value, StandardFormat format)
    {
        Room();
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out int written, format);
        _used += written;
    }

    private void Room()
    {
        if (_buffer.Length - _used < MaxPiece)
            Flush();
    }
}
