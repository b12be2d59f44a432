using System.Diagnostics;
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
/// <param name="servers">The servers that may have it. What one fails to give, the next is asked for.</param>
/// <param name="blob">The blob.</param>
/// <param name="offset">The bytes that the caller has already.</param>
/// <param name="options">Times.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class BlobStream(IReadOnlyList<RegistryServer> servers, Descriptor blob, long offset, RegistryOptions options, EngineContext context) : BlobTransfer
{
    /// <summary>So much makes a broken connection a slow one.</summary>
    private const long Progress = 1 << 20;

    private Retry _retry = new(options.Times, options.Clock, context);
    private Answer? _answer;
    private int _index;
    private long _progressSince = Stopwatch.GetTimestamp();
    private long _position = offset, _progressFrom = offset;
    private bool _isChecked;

    private RegistryServer Server => servers[_index];

    private bool IsLast => _index == servers.Count - 1;

    /// <summary>Opens the first connection, so that an error of the server comes at once.</summary>
    public BlobStream Open()
    {
        while (true)
        {
            try
            {
                _answer ??= Ask();
                return this;
            }
            catch (IOException)
            {
                // The connection broke already. The first read tries again.
                return this;
            }
            catch (OciException e) when (!IsLast)
            {
                AskNext($"{e.Code}: {e.Problem}");
            }
        }
    }

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && !_isChecked)
        {
            try
            {
                _answer ??= Ask();
                long left = blob.Size - _position;
                if (left > 0)
                    RefuseSlowness();
                // One byte more than there may be tells whether the body is longer.
                int count = _answer.Read(buffer[..(int)Math.Min(Math.Max(left, 1), buffer.Length)]);
                if (left == 0)
                {
                    _isChecked = true;
                    // Of a mirror's bytes the digest decides.
                    return count == 0 || !IsLast ? 0 : throw IntegrityErrors.WrongSize(blob.Digest.ToString(), blob.Size, $"more from '{Server.Endpoint.Shown}'");
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
                HasResumed = true;
                if (!_retry.Again())
                {
                    if (IsLast)
                        throw RegistryErrors.NoProgress(Server.Endpoint.Shown, blob.Digest.ToString(), e.Message, _retry.Failed);
                    AskNext(e.Message);
                }
                context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"{blob.Digest}: {e.Message} after {_position} of {blob.Size} bytes; asking for the rest."));
            }
            catch (OciException e) when (!IsLast)
            {
                HasResumed |= BytesRead > 0;
                AskNext($"{e.Code}: {e.Problem}");
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
        CameFromMirror |= !IsLast;
        if (_position - _progressFrom < Progress)
            return;
        (_progressFrom, _progressSince) = (_position, Stopwatch.GetTimestamp());
        _retry.Restart();
    }

    /// <exception cref="IOException">So little has come that the connection counts as broken.</exception>
    private void RefuseSlowness()
    {
        if (Stopwatch.GetElapsedTime(_progressSince) <= options.Times.Megabyte)
            return;
        _progressSince = Stopwatch.GetTimestamp();
        throw new IOException("less than a megabyte in some minutes");
    }

    private void AskNext(string why)
    {
        context.Log.Normal($"The mirror '{Server.Endpoint.Shown}' does not help ({why}); the next server is asked.");
        _answer?.Dispose();
        _answer = null;
        _index++;
        _retry = new Retry(options.Times, options.Clock, context);
    }

    private Answer Ask()
    {
        long from = _position;
        Answer answer = Server.Ask(HttpMethod.Get, "blobs", blob.Digest.ToString(), request =>
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
                    throw IntegrityErrors.WrongSize(blob.Digest.ToString(), blob.Size, string.Create(CultureInfo.InvariantCulture, $"{length} bytes from '{Server.Endpoint.Shown}'"));
                Server.RefuseEncoding(answer, "a blob");
                // The server begins anew: what we have already is passed over.
                Skip(answer, from);
                break;
            case 206 when from > 0 && answer.ContentHeaders.ContentRange is { From: { } start, Length: var all } && start == from && (all ?? blob.Size) == blob.Size:
                Server.RefuseEncoding(answer, "a blob");
                break;
            case 206:
                throw RegistryErrors.NotARegistry(Server.Endpoint.Shown, "another part of the blob than the one that was asked for");
            default:
                throw Server.Refusal(answer, blob.Digest.ToString());
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
}
