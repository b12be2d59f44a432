using System.Globalization;
using System.Net.Http.Headers;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Registry;

/// <summary>
/// A blob's bytes from an offset to its end. Where the connection breaks, the stream asks for the rest. It ends after as many bytes as the
/// descriptor says, or fails: the end of a body proves nothing.
/// </summary>
internal sealed class BlobStream(RegistryServer server, Descriptor blob, long offset, RegistryOptions options, EngineContext context) : BlobTransfer
{
    /// <summary>So much makes a broken connection a slow one.</summary>
    private const long Progress = 1 << 20;

    private readonly Retry _retry = new(options.Times, options.Clock, context);
    private Answer? _answer;
    private long _position = offset, _progressFrom = offset;
    private bool _isChecked;

    /// <summary>Opens the first connection, so that an error of the server comes at once.</summary>
    public BlobStream Open()
    {
        try
        {
            _answer ??= Ask();
        }
        catch (IOException)
        {
            // The connection broke already. The first read tries again.
        }
        return this;
    }

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && !_isChecked)
        {
            try
            {
                _answer ??= Ask();
                long left = blob.Size - _position;
                // One byte more than there may be tells whether the body is longer.
                int count = _answer.Read(buffer[..(int)Math.Min(Math.Max(left, 1), buffer.Length)]);
                if (left == 0)
                {
                    _isChecked = true;
                    return count == 0 ? 0 : throw IntegrityErrors.WrongSize(blob.Digest.ToString(), blob.Size, $"more from '{server.Endpoint.Shown}'");
                }
                if (count > 0)
                {
                    Count(count);
                    return count;
                }
                throw new IOException("the body ended too early");
            }
            catch (IOException e)
            {
                _answer?.Dispose();
                _answer = null;
                // The last byte was there: that the connection broke behind it does no harm.
                if (_position == blob.Size)
                    return 0;
                if (!_retry.Again())
                    throw RegistryErrors.NoProgress(server.Endpoint.Shown, blob.Digest.ToString(), e.Message, _retry.Failed);
                HasResumed = true;
                context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"{blob.Digest}: {e.Message} after {_position} of {blob.Size} bytes; asking for the rest."));
            }
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _answer?.Dispose();
        base.Dispose(disposing);
    }

    private void Count(int count)
    {
        _position += count;
        BytesRead += count;
        if (_position - _progressFrom < Progress)
            return;
        _progressFrom = _position;
        _retry.Restart();
    }

    private Answer Ask()
    {
        long from = _position;
        Answer answer = server.Ask(HttpMethod.Get, "blobs", blob.Digest.ToString(), request =>
        {
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
        });
        try
        {
            Check(answer, from);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private void Check(Answer answer, long from)
    {
        switch (answer.Status)
        {
            case 200:
                if (answer.ContentHeaders.ContentLength is { } length && length != blob.Size)
                    throw IntegrityErrors.WrongSize(blob.Digest.ToString(), blob.Size, string.Create(CultureInfo.InvariantCulture, $"{length} bytes from '{server.Endpoint.Shown}'"));
                RefuseEncoding(answer);
                // The server begins anew: what we have already is passed over.
                Skip(answer, from);
                break;
            case 206 when from > 0 && answer.ContentHeaders.ContentRange is { From: { } start, Length: var all } && start == from && (all ?? blob.Size) == blob.Size:
                RefuseEncoding(answer);
                break;
            case 206:
                throw RegistryErrors.NotARegistry(server.Endpoint.Shown, "another part of the blob than the one that was asked for");
            case 404:
                throw RegistryErrors.NotFound(blob.Digest.ToString(), server.Endpoint.Shown, answer.ReadWords());
            case 403:
                throw server.NotAuthorised(answer.ReadWords());
            default:
                throw RegistryErrors.NotARegistry(server.Endpoint.Shown, $"status {answer.Status}");
        }
    }

    private static void Skip(Answer answer, long count)
    {
        byte[] buffer = new byte[64 << 10];
        while (count > 0)
        {
            int read = answer.Read(buffer.AsSpan(0, (int)Math.Min(count, buffer.Length)));
            count -= read > 0 ? read : throw new IOException("the body ended too early");
        }
    }

    private void RefuseEncoding(Answer answer)
    {
        if (answer.ContentHeaders.ContentEncoding.Any(static encoding => encoding != "identity"))
            throw RegistryErrors.NotARegistry(server.Endpoint.Shown, "a blob with a Content-Encoding that was not asked for");
    }
}
