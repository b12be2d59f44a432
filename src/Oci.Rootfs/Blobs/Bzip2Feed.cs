using System.Runtime.ExceptionServices;

namespace Oci.Rootfs.Blobs;

/// <summary>
/// What <see cref="Bzip2Stream"/> gives to the decoder, which asks for one byte at a time, takes any exception of its source for the end
/// of the data, and stops at the last byte of a stream: so that what follows can be looked at here.
/// </summary>
internal sealed class Bzip2Feed(Stream compressed) : ForwardStream
{
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;
    private bool _sourceEnded;
    private ExceptionDispatchInfo? _failure;

    /// <summary>The decoder has asked for more than there is.</summary>
    public bool AskedBeyondEnd { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = Peek(1).Length;
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        AskedBeyondEnd |= count == 0;
        count = Math.Min(buffer.Length, count);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        Skip(count);
        return count;
    }

    /// <summary>What comes next, at least so many bytes unless there are no more.</summary>
    public ReadOnlySpan<byte> Peek(int atLeast)
    {
        if (_end - _start < atLeast && !_sourceEnded)
            Fill(atLeast);
        return _buffer.AsSpan(_start, _end - _start);
    }

    public void Skip(int count)
    {
        _start += count;
        BytesRead += count;
    }

    /// <summary>Throws what the source threw, if it did.</summary>
    public void ThrowFailure() => _failure?.Throw();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            compressed.Dispose();
        base.Dispose(disposing);
    }

    private void Fill(int atLeast)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < atLeast && !_sourceEnded)
        {
            int count = compressed.Read(_buffer.AsSpan(_end));
            _end += count;
            _sourceEnded = count == 0;
        }
    }
}
