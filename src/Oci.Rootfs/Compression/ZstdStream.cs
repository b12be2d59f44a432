using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>Inflates zstd: any number of frames, skippable ones among them; the last must be complete (rule 86). Owns the stream that it reads.</summary>
internal sealed class ZstdStream(Stream compressed, long maxWindowBytes) : ForwardStream
{
    /// <summary>What libzstd takes as a limit.</summary>
    private const int LeastWindowLog = 10, MostWindowLog = 31;

    private readonly int _windowLog = WindowLog(maxWindowBytes);
    private readonly ZstdLibrary.Context _context = ZstdLibrary.Create(WindowLog(maxWindowBytes));
    private readonly NativeBuffer _buffer = new(256 << 10);
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
                _end = compressed.Read(_buffer.Span);
                atEnd = _end == 0;
                if (atEnd && !_inFrame)
                    return 0;
            }

            // Called without input too: what did not fit into the caller's buffer the last time is still inside.
            nuint result = ZstdLibrary.Decompress(_context, _buffer.Span[_start.._end], out int consumed, buffer, out int produced, _windowLog);
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
            _buffer.Dispose();
            compressed.Dispose();
        }
        base.Dispose(disposing);
    }

    private static int WindowLog(long bytes) => (int)Math.Clamp(long.Log2(bytes), LeastWindowLog, MostWindowLog);
}
