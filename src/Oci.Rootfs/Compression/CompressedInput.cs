using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>Compressed bytes, read piece by piece and looked at where they lie. Owns the stream that it reads.</summary>
internal sealed class CompressedInput(Stream compressed) : IDisposable
{
    private readonly NativeBuffer _buffer = new(256 << 10);
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>The bytes at hand: at least one, unless there are no more at all.</summary>
    public ReadOnlySpan<byte> Next => Peek(1);

    /// <summary>The bytes at hand: at least so many, unless there are no more.</summary>
    public ReadOnlySpan<byte> Peek(int atLeast)
    {
        if (_end - _start < atLeast && !_atEnd)
            Fill(atLeast);
        return _buffer.Span[_start.._end];
    }

    public void Skip(int count) => _start += count;

    /// <summary>Reads on to the end and allows zeros only: nothing else may follow compressed data (rule 86).</summary>
    /// <param name="format">What messages call it.</param>
    /// <exception cref="OciException">Something else follows.</exception>
    public void RequireZeros(string format)
    {
        ReadOnlySpan<byte> rest;
        while (!(rest = Next).IsEmpty)
        {
            if (rest.IndexOfAnyExcept((byte)0) >= 0)
                throw IntegrityErrors.TrailingGarbage(format);
            Skip(rest.Length);
        }
    }

    public void Dispose()
    {
        compressed.Dispose();
        _buffer.Dispose();
    }

    private void Fill(int atLeast)
    {
        Span<byte> buffer = _buffer.Span;
        buffer[_start.._end].CopyTo(buffer);
        _end -= _start;
        _start = 0;
        while (_end < atLeast && !_atEnd)
        {
            int count = compressed.Read(buffer[_end..]);
            _end += count;
            _atEnd = count == 0;
        }
    }
}
