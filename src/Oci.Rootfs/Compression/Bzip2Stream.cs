using ICSharpCode.SharpZipLib.BZip2;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Inflates bzip2: any number of streams in a row, as parallel compressors write them, and zeros behind the last one, which gzip allows too
/// (rule 86). Owns the stream that it reads.
/// </summary>
internal sealed class Bzip2Stream : ForwardStream
{
    private const string Bzip2 = "bzip2";
    private const int HeaderBytes = 4;

    /// <summary>
    /// A few bytes can ask for a new stream, and setting one up costs megabytes of memory. Compressors that write many streams begin one
    /// every 100 to 900 kB. Beyond a first few, data that begins one more often than every so many bytes only wants to waste our time.
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

    /// <summary>
    /// The decoder is not ours and its data is a stranger's: whatever it throws, even an index out of range, means damage.
    /// </summary>
    private OciException Damage(Exception cause)
    {
        _feed.ThrowFailure();
        return _feed.AskedBeyondEnd ? IntegrityErrors.TruncatedLayer(Bzip2) : IntegrityErrors.DamagedLayer(Bzip2, "data that does not inflate or has a wrong checksum", cause);
    }
}
