using System.Net;
using System.Net.Sockets;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Registry;

/// <summary>
/// The addresses that a registry may send us to, by a redirect or a realm. An attacker who writes them would otherwise make the build ask
/// servers that only the build's machine can reach.
/// </summary>
internal static class Allowed
{
    /// <exception cref="OciException">OCI8013: the address is refused.</exception>
    /// <param name="what">What leads there: a redirect or a realm.</param>
    /// <param name="address">The address.</param>
    /// <param name="endpoint">The server that sends us there.</param>
    public static void Check(string what, Uri address, Endpoint endpoint)
    {
        if (!address.IsAbsoluteUri)
            throw RegistryErrors.RefusedAddress(what, "a part of an address", "a whole address");
        if (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp)
            throw RegistryErrors.RefusedAddress(what, Shown(address), "https");
        if (address.UserInfo.Length > 0)
            throw RegistryErrors.RefusedAddress(what, Shown(address), "an address without a user");
        if (endpoint.HasOriginOf(address))
            return;
        bool isOwn = address.IdnHost == endpoint.Origin.IdnHost && address.Port == endpoint.Origin.Port;
        if (address.Scheme == Uri.UriSchemeHttp && !(endpoint.IsHttp && (isOwn || endpoint.NamesInsecure(address))))
            throw RegistryErrors.RefusedAddress(what, Shown(address), "https");
        // The registry's own host and port is where the build goes anyway.
        if (isOwn)
            return;
        if (!IsPublic(address))
            throw RegistryErrors.RefusedAddress(what, Shown(address), "a public address, or the registry's own host and port");
    }

    /// <summary>Whether it is this machine, by its text alone.</summary>
    public static bool IsLoopback(Uri address)
    {
        string host = Trimmed(address);
        return IPAddress.TryParse(host, out IPAddress? ip) ? IPAddress.IsLoopback(Unmapped(ip)) : IsLocalName(host);
    }

    /// <summary>Scheme, host and port: a path or a query may have secrets.</summary>
    public static string Shown(Uri address) => address.IsAbsoluteUri && address.Scheme is "http" or "https"
        ? $"{address.Scheme}://{address.Authority}" : $"{(address.IsAbsoluteUri ? address.Scheme : "?")}:…";

    private static bool IsPublic(Uri address)
    {
        string host = Trimmed(address);
        return IPAddress.TryParse(host, out IPAddress? ip) ? IsPublic(Unmapped(ip)) : !IsLocalName(host) && host.Length > 0;
    }

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static string Trimmed(Uri address) => address.IdnHost.Trim('[', ']').TrimEnd('.');

    /// <summary>The IPv4 address within one of IPv6: mapped, compatible, NAT64 and 6to4 all lead there.</summary>
    private static IPAddress Unmapped(IPAddress ip)
    {
        if (ip.AddressFamily != AddressFamily.InterNetworkV6)
            return ip;
        if (ip.IsIPv4MappedToIPv6)
            return ip.MapToIPv4();
        byte[] b = ip.GetAddressBytes();
        if (b.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 && (b[12] != 0 || b[13] != 0))
            return new IPAddress(b.AsSpan(12));
        if (b.AsSpan(0, 12).SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]))
            return new IPAddress(b.AsSpan(12));
        return b[0] == 0x20 && b[1] == 0x02 ? new IPAddress(b.AsSpan(2, 4)) : ip;
    }

    private static bool IsPublic(IPAddress ip)
    {
        byte[] b = ip.GetAddressBytes();
        if (ip.AddressFamily == AddressFamily.InterNetworkV6)
        {
            bool isUniqueLocal = (b[0] & 0xfe) == 0xfc;
            return !(IPAddress.IsLoopback(ip) || ip.Equals(IPAddress.IPv6Any) || ip.IsIPv6LinkLocal || ip.IsIPv6SiteLocal || ip.IsIPv6Multicast || isUniqueLocal);
        }
        return b[0] switch
        {
            0 or 10 or 127 or >= 224 => false,
            100 => (b[1] & 0xc0) != 0x40,
            169 => b[1] != 254,
            172 => (b[1] & 0xf0) != 16,
            192 => b[1] != 168 && !(b[1] == 0 && b[2] == 0),
            198 => (b[1] & 0xfe) != 18,
            _ => true,
        };
    }
}
