using ICSharpCode.SharpZipLib.BZip2;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Inflates bzip2: any number of streams in a row, as parallel compressors write them, and zeros behind the last, as for gzip (rule 86).
/// Owns the stream that it reads.
/// </summary>
internal sealed class Bzip2Stream : ForwardStream
{
    private const string Bzip2 = "bzip2";
    private const int HeaderBytes = 4;

    /// <summary>
    /// Each stream costs megabytes of memory to set up, which a few bytes can ask for. Compressors that write many begin one each 100 to
    /// 900 kB; beyond a first few, who begins them more often than each so many bytes wants nothing but our time.
    /// </summary>
    private const int LeastBytesInAStream = 64 << 10;
    private const int FreeStreams = 1000;

    private readonly CompressedInput _input;
    private readonly Bzip2Feed _feed;
    private BZip2InputStream? _current;
    private int _streams;
    private bool _ended;

    public Bzip2Stream(Stream compressed)
    {
        _input = new CompressedInput(compressed);
        _feed = new Bzip2Feed(_input);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        while (_current is not null || Next())
        {
            int count = Inflate(_current!, buffer);
            BytesRead += count;
            if (count > 0)
                return count;
            _current = null;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _input.Dispose();
        base.Dispose(disposing);
    }

    private bool Next()
    {
        if (_ended)
            return false;
        ReadOnlySpan<byte> head = _input.Peek(HeaderBytes);
        if (head is [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..])
        {
            if (++_streams > FreeStreams + (BytesRead / LeastBytesInAStream))
                throw IntegrityErrors.DamagedLayer(Bzip2, "thousands of streams with next to nothing in them");
            _current = Begin();
            return true;
        }
        if (_streams == 0)
            throw IntegrityErrors.DamagedLayer(Bzip2, "a wrong header");
        _input.RequireZeros(Bzip2);
        _ended = true;
        return false;
    }

    private BZip2InputStream Begin()
    {
        try
        {
            return new BZip2InputStream(_feed) { IsStreamOwner = false };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Damage(e);
        }
    }

    private int Inflate(BZip2InputStream current, Span<byte> buffer)
    {
        try
        {
            return current.Read(buffer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Damage(e);
        }
    }

    /// <summary>A decoder of other people's making fed with a stranger's data: whatever it throws, indexes out of range among them, is damage.</summary>
    private OciException Damage(Exception cause)
    {
        _feed.ThrowFailure();
        return _feed.AskedBeyondEnd ? IntegrityErrors.TruncatedLayer(Bzip2) : IntegrityErrors.DamagedLayer(Bzip2, "data that does not inflate or has a wrong checksum", cause);
    }
}
