using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Blobs;

/// <summary>Inflates zstd: any number of frames, skippable ones among them; the last must be complete (rule 86). Owns the stream that it reads.</summary>
internal sealed class ZstdStream(Stream compressed) : ForwardStream
{
    /// <summary>128 MiB: what RFC 8878 wants every decoder to support is less, what <c>zstd --ultra</c> needs at the most is this.</summary>
    private const int WindowLog = 27;

    private readonly ZstdLibrary.Context _context = ZstdLibrary.Create(WindowLog);
    private readonly byte[] _buffer = new byte[256 << 10];
    private int _start;
    private int _end;
    private bool _inFrame;

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        bool atEnd = false;
        while (true)
        {
            if (_start == _end && !atEnd)
            {
                _start = 0;
                _end = compressed.Read(_buffer);
                atEnd = _end == 0;
                if (atEnd && !_inFrame)
                    return 0;
            }

            // Called without input too: what did not fit into the caller's buffer the last time is still inside.
            nuint result = ZstdLibrary.Decompress(_context, _buffer.AsSpan(_start, _end - _start), out int consumed, buffer, out int produced, WindowLog);
            _start += consumed;
            _inFrame = result != 0;
            if (produced > 0)
            {
                BytesRead += produced;
                return produced;
            }
            if (atEnd && _inFrame)
                throw IntegrityErrors.TruncatedLayer("zstd");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _context.Dispose();
            compressed.Dispose();
        }
        base.Dispose(disposing);
    }
}
