using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Oci.Rootfs.Context;

namespace Oci.Rootfs.Registry;

/// <summary>
/// An answer of a server: its headers, and its body as a stream that breaks off when no byte comes for some time, or when the build is
/// cancelled. The end of the body proves nothing: a broken connection may look the same.
/// </summary>
internal sealed class Answer : Os.ForwardStream
{
    private const int MostErrorBytes = 64 << 10, MostErrors = 3;

    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly RegistryTimes _times;
    private readonly CancellationTokenSource _watch;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _ending;

    public Answer(HttpResponseMessage response, RegistryTimes times, CancellationToken cancellation)
    {
        (_response, _times, _cancellation) = (response, times, cancellation);
        _watch = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _body = response.Content.ReadAsStream(cancellation);
        // A read that waits for the network ends only when its connection is closed.
        _ending = _watch.Token.Register(static answer => ((HttpResponseMessage)answer!).Dispose(), response);
    }

    public int Status => (int)_response.StatusCode;

    /// <summary>Where the answer came from, after all redirects.</summary>
    public Uri Address => _response.RequestMessage!.RequestUri!;

    public bool IsOk => Status is 200 or 206;

    public HttpResponseHeaders Headers => _response.Headers;

    public HttpContentHeaders ContentHeaders => _response.Content.Headers;

    /// <summary>A header's first value; null for none. Our own limit on its length holds for what gets into messages.</summary>
    public string? Header(string name) =>
        _response.Headers.TryGetValues(name, out IEnumerable<string>? values) || _response.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    /// <exception cref="IOException">The connection broke, or nothing came for too long.</exception>
    /// <exception cref="OperationCanceledException">The build was cancelled.</exception>
    public override int Read(Span<byte> buffer)
    {
        _watch.CancelAfter(_times.Stall);
        try
        {
            int count = _body.Read(buffer);
            // Bytes that came while the response was given up may be anybody's.
            _watch.Token.ThrowIfCancellationRequested();
            BytesRead += count;
            return count;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or HttpRequestException or InvalidOperationException or NullReferenceException)
        {
            // .NET throws any of these when a response is disposed of while it is read.
            _cancellation.ThrowIfCancellationRequested();
            throw new IOException(_watch.IsCancellationRequested ? string.Create(CultureInfo.InvariantCulture, $"no byte for {_times.Stall.TotalSeconds:0.#} seconds") : "the connection broke");
        }
        finally
        {
            if (!_watch.IsCancellationRequested)
                _watch.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Reads the whole body of a document.</summary>
    /// <returns>Null where it is longer than allowed.</returns>
    /// <exception cref="IOException">The connection broke, or all of it takes too long.</exception>
    public byte[]? ReadAll(long most)
    {
        long started = Stopwatch.GetTimestamp();
        using MemoryStream all = new();
        byte[] buffer = new byte[16 << 10];
        while (Read(buffer) is > 0 and var count)
        {
            if (all.Length + count > most)
                return null;
            // A byte now and then is no progress.
            if (Stopwatch.GetElapsedTime(started) > _times.Document)
                throw new IOException("a document that does not come to its end");
            all.Write(buffer, 0, count);
        }
        return all.ToArray();
    }

    /// <summary>What the registry says of an error (distribution-spec, "Error codes"); null where it says nothing in its own form.</summary>
    public string? ReadWords()
    {
        try
        {
            if (ReadAll(MostErrorBytes) is not { Length: > 0 } body)
                return null;
            using JsonDocument document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            if (!document.RootElement.TryGetProperty("errors", out JsonElement errors) || errors.ValueKind != JsonValueKind.Array)
                return JsonMember.Text(document.RootElement, "details") ?? JsonMember.Text(document.RootElement, "message");
            return string.Join("; ", errors.EnumerateArray().Take(MostErrors).Where(static error => error.ValueKind == JsonValueKind.Object)
                .Select(static error => $"{JsonMember.Text(error, "code")}: {JsonMember.Text(error, "message")}"));
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            // Only the words are lost; the status is known.
            return null;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ending.Dispose();
            _response.Dispose();
            _watch.Dispose();
        }
        base.Dispose(disposing);
    }
}
