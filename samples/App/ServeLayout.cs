using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Threading;
using Microsoft.Build.Framework;

/// <summary>Starts to serve a layout. Without a layout, it stops.</summary>
public sealed class ServeLayout : Microsoft.Build.Utilities.Task
{
    private static HttpListener s_server;

    public string Layout { get; set; }

    [Output]
    public string Address { get; private set; }

    public override bool Execute()
    {
        if (s_server != null)
            s_server.Close();
        s_server = null;
        if (string.IsNullOrEmpty(Layout))
            return true;
        Address = "localhost:" + FreePort();
        HttpListener server = new HttpListener { Prefixes = { "http://" + Address + "/" } };
        server.Start();
        s_server = server;
        string layout = Layout;
        new Thread(() => Serve(server, layout)) { IsBackground = true }.Start();
        return true;
    }

    private static int FreePort()
    {
        TcpListener any = new TcpListener(IPAddress.Loopback, 0);
        any.Start();
        int port = ((IPEndPoint)any.LocalEndpoint).Port;
        any.Stop();
        return port;
    }

    private static void Serve(HttpListener server, string layout)
    {
        try
        {
            while (true)
                Answer(server.GetContext(), layout);
        }
        catch (Exception)
        {
            // The task was stopped, or the client has gone. Then the SDK can't make the image, and the build reports that.
        }
    }

    private static void Answer(HttpListenerContext context, string layout)
    {
        HttpListenerResponse response = context.Response;
        Match match = Regex.Match(context.Request.Url.AbsolutePath, "^/v2/[a-z]+/(manifests|blobs)/(sha256:([0-9a-f]{64})|[0-9A-Za-z.]+)$");
        string file = !match.Success ? null
            : match.Groups[3].Success ? Path.Combine(layout, "blobs", "sha256", match.Groups[3].Value)
            : Path.Combine(layout, "index.json");
        if (context.Request.Url.AbsolutePath == "/v2/")
        {
            response.StatusCode = 200;
        }
        else if (file == null || !File.Exists(file))
        {
            response.StatusCode = 404;
        }
        else
        {
            byte[] bytes = File.ReadAllBytes(file);
            bool manifest = match.Groups[1].Value == "manifests";
            Match type = Regex.Match(System.Text.Encoding.UTF8.GetString(bytes), "^\\s*\\{[^{]*\"mediaType\"\\s*:\\s*\"([^\"]+)\"");
            response.ContentType = manifest && type.Success ? type.Groups[1].Value : "application/octet-stream";
            using (SHA256 sha = SHA256.Create())
                response.Headers["Docker-Content-Digest"] = "sha256:" + BitConverter.ToString(sha.ComputeHash(bytes)).Replace("-", "").ToLowerInvariant();
            response.ContentLength64 = bytes.Length;
            if (context.Request.HttpMethod == "GET")
                response.OutputStream.Write(bytes, 0, bytes.Length);
        }
        response.Close();
    }
}
