using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Oci.Images.Registry;

/// <summary>
/// A proxy (RFC 9110, CONNECT) that leads names to servers of this machine. So a test can have registries with names as they are elsewhere.
/// </summary>
public sealed class TestTunnel : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IReadOnlyDictionary<string, int> _servers;
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    /// <param name="servers">The ports of servers by their names, <c>HOST:PORT</c>.</param>
    public TestTunnel(IReadOnlyDictionary<string, int> servers)
    {
        _servers = servers;
        _listener.Start();
        Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        new Thread(Accept) { IsBackground = true, Name = "test tunnel" }.Start();
    }

    public string Address { get; }

    /// <summary>The names that were asked for.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
                return [.. _asked];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
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
            {
                NetworkStream stream = client.GetStream();
                StringBuilder head = new();
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                    head.Append((char)stream.ReadByte());
                string name = head.ToString().Split(' ')[1];
                lock (_lock)
                    _asked.Add(name);
                if (!_servers.TryGetValue(name, out int port))
                {
                    stream.Write("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"u8);
                    return;
                }
                using TcpClient server = new("127.0.0.1", port);
                stream.Write("HTTP/1.1 200 OK\r\n\r\n"u8);
                NetworkStream other = server.GetStream();
                Thread back = new(() => Copy(other, stream)) { IsBackground = true };
                back.Start();
                Copy(stream, other);
                server.Close();
                back.Join();
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }

    private static void Copy(NetworkStream from, NetworkStream to)
    {
        try
        {
            from.CopyTo(to);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }
}
