using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Oci.Images.Registry;

/// <summary>An HTTP server on this machine that answers as a test says. It shares no code with the engine, and none with .NET's client.</summary>
public class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? _certificate;
    private readonly Lock _lock = new();
    private readonly List<TestRequest> _requests = [];
    private readonly List<TcpClient> _clients = [];
    private readonly CancellationTokenSource _ending = new();
    private int _connections;

    /// <param name="certificate">With its key: the server speaks TLS. Null for plain HTTP.</param>
    public TestServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        new Thread(Accept) { IsBackground = true, Name = "test server" }.Start();
    }

    /// <summary><c>127.0.0.1:PORT</c>.</summary>
    public string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public int Port { get; }

    /// <summary>The number of connections that were made.</summary>
    public int Connections => _connections;

    /// <summary>Whether the server without TLS waits for more when a client begins TLS, instead of closing the connection.</summary>
    public bool WaitsForMoreTls { get; init; }

    /// <summary>Gives the answer.</summary>
    public Func<TestRequest, TestResponse> Answer { get; set; } = static _ => new TestResponse(404);

    public IReadOnlyList<TestRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _ending.IsCancellationRequested)
            return;
        _ending.Cancel();
        _listener.Dispose();
        lock (_lock)
        {
            foreach (TcpClient client in _clients)
                client.Dispose();
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                Interlocked.Increment(ref _connections);
                lock (_lock)
                    _clients.Add(client);
                new Thread(() => Serve(client)) { IsBackground = true, Name = "test connection" }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Serve(TcpClient client)
    {
        try
        {
            using (client)
            using (Stream stream = Open(client))
            {
                while (Read(stream) is { } request)
                {
                    lock (_lock)
                        _requests.Add(request);
                    if (!Write(stream, Answer(request), request.Method == "HEAD"))
                        return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
        {
            // The other side has gone, or the test is over.
        }
    }

    private Stream Open(TcpClient client)
    {
        client.NoDelay = true;
        if (_certificate is null)
            return client.GetStream();
        SslStream tls = new(client.GetStream());
        tls.AuthenticateAsServer(_certificate);
        return tls;
    }

    private TestRequest? Read(Stream stream)
    {
        if (ReadLine(stream) is not { Length: > 0 } first)
            return null;
        string[] parts = first.Split(' ');
        Dictionary<string, string> headers = [];
        while (ReadLine(stream) is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = line[..colon].ToLowerInvariant();
            headers[name] = headers.TryGetValue(name, out string? before) ? $"{before}, {line[(colon + 1)..].Trim()}" : line[(colon + 1)..].Trim();
        }
        byte[] body = new byte[headers.TryGetValue("content-length", out string? length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        stream.ReadExactly(body);
        return new TestRequest(parts[0], parts[1], headers, Encoding.UTF8.GetString(body));
    }

    private string? ReadLine(Stream stream)
    {
        StringBuilder line = new();
        for (int b = stream.ReadByte(); b != '\n'; b = stream.ReadByte())
        {
            // A client that begins TLS with a server that has none sends no lines.
            if (b == 0x16 && line.Length == 0 && WaitsForMoreTls)
                stream.CopyTo(Stream.Null);
            if (b < 0 || line.Length > 65536 || (line.Length == 0 && b == 0x16))
                return null;
            if (b != '\r')
                line.Append((char)b);
        }
        return line.ToString();
    }

    /// <returns>False where the connection is over.</returns>
    private bool Write(Stream stream, TestResponse response, bool isHead)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {response.Status} Status\r\n");
        foreach ((string name, string value) in response.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (response.Length == BodyLength.Header)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {response.LyingLength ?? response.Body.Length}\r\n");
        else
            head.Append(response.Length == BodyLength.Chunked ? "Transfer-Encoding: chunked\r\n" : "Connection: close\r\n");
        head.Append("\r\n");
        stream.Write(Encoding.Latin1.GetBytes(head.ToString()));
        if (!isHead && !WriteBody(stream, response))
            return false;
        stream.Flush();
        return response.Length != BodyLength.UntilClosed && response.LyingLength is null;
    }

    private bool WriteBody(Stream stream, TestResponse response)
    {
        int end = response.CutAfter ?? response.StallAfter ?? response.Body.Length;
        long started = Stopwatch.GetTimestamp();
        for (int at = 0; at < end;)
        {
            int count = Math.Min(end - at, 16 << 10);
            if (response.Length == BodyLength.Chunked)
                stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{count:x}\r\n")));
            stream.Write(response.Body, at, count);
            if (response.Length == BodyLength.Chunked)
                stream.Write("\r\n"u8);
            at += count;
            if (response.Rate is { } rate)
            {
                double ahead = at / (double)rate - Stopwatch.GetElapsedTime(started).TotalSeconds;
                if (ahead > 0)
                    _ending.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(ahead));
            }
        }
        stream.Flush();
        if (response.StallAfter is not null)
        {
            // Until the other side closes the connection, or the test is over.
            stream.ReadByte();
            return false;
        }
        if (response.CutAfter is not null)
            return false;
        if (response.Length == BodyLength.Chunked)
            stream.Write("0\r\n\r\n"u8);
        return true;
    }
}
