using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>A stream that shows its first bytes before it is read. Owns the stream that it reads.</summary>
internal sealed class PeekStream : ForwardStream
{
    private readonly Stream _source;
    private readonly byte[] _head;
    private readonly int _headLength;

    public PeekStream(Stream source, int length)
    {
        _source = source;
        _head = new byte[length];
        _headLength = source.ReadAtLeast(_head, length, throwOnEndOfStream: false);
    }

    /// <summary>The first bytes; fewer than asked for only if there are no more.</summary>
    public ReadOnlySpan<byte> Head => _head.AsSpan(0, _headLength);

    public override int Read(Span<byte> buffer)
    {
        int count;
        if (BytesRead < _headLength)
        {
            ReadOnlySpan<byte> left = Head[(int)BytesRead..];
            count = Math.Min(left.Length, buffer.Length);
            left[..count].CopyTo(buffer);
        }
        else
        {
            count = _source.Read(buffer);
        }
        BytesRead += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }
}
