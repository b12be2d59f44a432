namespace Oci.Rootfs.Tar;

/// <summary>A stream as tar input. If the stream can seek, skipped bytes are not read.</summary>
internal sealed class StreamTarInput(Stream stream, int bufferSize = 64 << 10) : TarInput
{
    private readonly byte[] _buffer = new byte[bufferSize];
    private int _start;
    private int _end;

    public override ReadOnlySpan<byte> Peek()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = stream.Read(_buffer);
        }
        return _buffer.AsSpan(_start, _end - _start);
    }

    public override void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _end - _start);
        _start += count;
        Position += count;
    }

    public override long Skip(long count)
    {
        long buffered = _end - _start;
        if (!stream.CanSeek || count <= buffered)
            return base.Skip(count);
        long skipped = Math.Min(count, buffered + Math.Max(0, stream.Length - stream.Position));
        stream.Position += skipped - buffered;
        _start = _end = 0;
        Position += skipped;
        return skipped;
    }
}
