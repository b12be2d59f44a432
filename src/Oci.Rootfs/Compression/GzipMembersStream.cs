using System.IO.Compression;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Inflates gzip: any number of members, and zeros behind the last one (rule 86). <see cref="GZipStream"/> does the work, but it takes data
/// that breaks off for its end, and it ignores whatever follows the last member. What it asks for at the end reveals both.
/// </summary>
/// <remarks>
/// GZipStream asks for input until a member has ended and something follows that is no member. So it gets the blob without the zeros at its
/// end, then those zeros, then a member of our own. If our member's content comes out, the blob had ended properly. If GZipStream stopped
/// asking at the zeros, the blob had ended properly too. If it stopped asking before them, the bytes that it did not read are garbage. If
/// anything else comes out of our member, GZipStream took it for the rest of a member that broke off.
/// </remarks>
internal sealed class GzipMembersStream : ForwardStream
{
    private readonly GzipFeed _feed;
    private readonly GZipStream _gzip;
    private bool _ended;

    public GzipMembersStream(Stream compressed)
    {
        _feed = new GzipFeed(compressed);
        _gzip = new GZipStream(_feed, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        int count = Inflate(buffer);
        if (count > 0 && _feed.State != GzipFeedState.Probe)
        {
            BytesRead += count;
            return count;
        }
        CheckEnd(buffer[..count]);
        _ended = true;
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private int Inflate(Span<byte> buffer)
    {
        try
        {
            return _gzip.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw _feed.State == GzipFeedState.Probe
                ? IntegrityErrors.TruncatedLayer("gzip")
                : IntegrityErrors.DamagedLayer("gzip", "data that does not inflate or has a wrong checksum", e);
        }
    }

    private void CheckEnd(ReadOnlySpan<byte> last)
    {
        switch (_feed.State)
        {
            case GzipFeedState.Zeros:
                return;
            case GzipFeedState.Blob:
                throw IntegrityErrors.TrailingGarbage("gzip");
            default:
                break;
        }

        // The probe's content may be longer than the caller's buffer has room for.
        byte[] content = new byte[GzipFeed.ProbeContent.Length + 1];
        int length = Math.Min(last.Length, content.Length);
        last[..length].CopyTo(content);
        int count;
        while (length < content.Length && (count = Inflate(content.AsSpan(length))) > 0)
            length += count;
        if (!content.AsSpan(0, length).SequenceEqual(GzipFeed.ProbeContent))
            throw IntegrityErrors.TruncatedLayer("gzip");
    }
}
