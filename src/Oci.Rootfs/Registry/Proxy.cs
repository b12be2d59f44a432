using System.Globalization;
using System.Net;

namespace Oci.Rootfs.Registry;

/// <summary>
/// The proxy that the build's environment names, by the rules of Go, which all other tools for registries follow
/// (golang.org/x/net/http/httpproxy). .NET's own rules for NO_PROXY are others, and are read once a process.
/// </summary>
internal sealed class Proxy(Func<string, string?> environment) : IWebProxy
{
    private readonly Uri? _https = Parse(First(environment, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"));
    private readonly Uri? _http = Parse(First(environment, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"));
    private readonly string[] _exceptions = (First(environment, "no_proxy", "NO_PROXY") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The user and password of the proxies' addresses: within an address they would get into messages of .NET.</summary>
    public ICredentials? Credentials
    {
        get => new OfAddress(Of);
        set => throw new NotSupportedException();
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : WithoutUser(Of(destination));

    public bool IsBypassed(Uri host) => Of(host) is null || Allowed.IsLoopback(host) || _exceptions.Any(exception => Covers(exception, host));

    private Uri? Of(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? _https : _http;

    private static bool Covers(string exception, Uri address)
    {
        if (exception == "*")
            return true;
        string host = address.IdnHost.Trim('[', ']').TrimEnd('.').ToLowerInvariant();
        string pattern = exception.ToLowerInvariant();
        if (IPNetwork.TryParse(pattern, out IPNetwork network) && pattern.Contains('/', StringComparison.Ordinal))
            return IPAddress.TryParse(host, out IPAddress? ip) && network.BaseAddress.AddressFamily == ip.AddressFamily && network.Contains(ip);
        int colon = pattern.LastIndexOf(':');
        if (colon > 0 && pattern.IndexOf(':', StringComparison.Ordinal) == colon | pattern[colon - 1] == ']' && int.TryParse(pattern[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            if (port != address.Port)
                return false;
            pattern = pattern[..colon];
        }
        pattern = pattern.Trim('[', ']');
        if (IPAddress.TryParse(pattern, out IPAddress? one))
            return IPAddress.TryParse(host, out IPAddress? found) && one.Equals(found);
        if (pattern.StartsWith("*.", StringComparison.Ordinal))
            pattern = pattern[1..];
        // A leading dot means the names below alone.
        return pattern.StartsWith('.') ? host.EndsWith(pattern, StringComparison.Ordinal) : host == pattern || host.EndsWith("." + pattern, StringComparison.Ordinal);
    }

    private static string? First(Func<string, string?> environment, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (environment(name) is { Length: > 0 } value)
                return value;
        }
        return null;
    }

    private static Uri? Parse(string? text)
    {
        if (text is null)
            return null;
        string address = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0 && uri.Scheme is "http" or "https" or "socks5" or "socks4" or "socks4a" or "socks5h"
            ? uri.Scheme == "socks5h" ? new UriBuilder(uri) { Scheme = "socks5" }.Uri : uri
            : null;
    }

    private static Uri? WithoutUser(Uri? proxy) => proxy is null ? null : new UriBuilder(proxy) { UserName = "", Password = "" }.Uri;

    private sealed class OfAddress(Func<Uri, Uri?> proxyOf) : ICredentials
    {
        /// <param name="uri">The proxy.</param>
        /// <param name="authType">The scheme: <c>Basic</c> alone, since a proxy that is asked may be anybody's.</param>
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            foreach (Uri? proxy in (Uri?[])[proxyOf(new Uri("https://x/")), proxyOf(new Uri("http://x/"))])
            {
                if (proxy is { UserInfo.Length: > 0 } && proxy.Host == uri.Host && proxy.Port == uri.Port && authType.Equals("Basic", StringComparison.OrdinalIgnoreCase) | uri.Scheme.StartsWith("socks", StringComparison.Ordinal))
                {
                    string[] parts = proxy.UserInfo.Split(':', 2);
                    return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
                }
            }
            return null;
        }
    }
}
