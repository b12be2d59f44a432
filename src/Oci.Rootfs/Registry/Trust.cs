using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Oci.Rootfs.Registry;

/// <summary>
/// Which certificates are believed: those of the system's authorities, and of the files that docker and podman read too
/// (containers-certs.d(5)). The host's name always counts.
/// </summary>
internal sealed class Trust : IDisposable
{
    /// <summary>RFC 5280, 4.2.1.12.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly Endpoint _endpoint;
    /// <summary>Authorities for every server, for the registry alone, and what we show to the registry alone.</summary>
    private readonly X509Certificate2Collection _authorities = [], _ofRegistry = [], _own = [];

    private readonly List<string> _directories = [];
    private volatile string? _problem;

    public Trust(Endpoint endpoint, RegistryOptions options)
    {
        _endpoint = endpoint;
        if (options.CertificatesDirectory is { } given)
            AddDirectory(given, _authorities);
        string host = endpoint.Host == RegistryReference.DockerHub ? endpoint.Shown : endpoint.Host;
        string? home = options.Environment("HOME") is { Length: > 0 } text ? text : null;
        if (home is not null)
            AddDirectory(Path.Combine(home, ".config/containers/certs.d", host), _ofRegistry);
        AddDirectory(Path.Combine("/etc/containers/certs.d", host), _ofRegistry);
        AddDirectory(Path.Combine("/etc/docker/certs.d", host), _ofRegistry);
        // .NET reads this variable once a process, which may be an earlier build's.
        if (options.Environment("SSL_CERT_FILE") is { Length: > 0 } file && Path.IsPathFullyQualified(file))
            AddAuthorities(file, _authorities);
    }

    /// <summary>Where authorities were looked for, for an error.</summary>
    public string Directories => string.Join(", ", _directories);

    /// <summary>What is wrong with the last certificate that was refused; null where none was.</summary>
    public string? Problem => _problem;

    public SslClientAuthenticationOptions Options() => new()
    {
        RemoteCertificateValidationCallback = (stream, certificate, chain, errors) => IsTrusted(IsRegistry((stream as SslStream)?.TargetHostName), certificate, chain, errors),
        LocalCertificateSelectionCallback = _own.Count == 0 ? null : (_, host, _, _, _) => IsRegistry(host) ? _own[0] : null!,
    };

    public void Dispose()
    {
        foreach (X509Certificate2 certificate in _authorities.Concat(_ofRegistry).Concat(_own))
            certificate.Dispose();
    }

    /// <summary>A redirect leads to other servers, for which less is trusted.</summary>
    private bool IsRegistry(string? host) => string.Equals(host, _endpoint.Origin.IdnHost.Trim('[', ']'), StringComparison.OrdinalIgnoreCase);

    private bool IsTrusted(bool isRegistry, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || (isRegistry && _endpoint.TakesAnyCertificate))
            return true;
        X509Certificate2Collection authorities = [.. _authorities, .. isRegistry ? _ofRegistry : []];
        if (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 leaf && authorities.Count > 0 && IsOf(authorities, leaf, chain))
            return true;
        _problem = Describe(certificate, chain, errors);
        return false;
    }

    /// <summary>The system's authorities have said no. Ours alone are asked now: .NET can't ask both at once.</summary>
    private static bool IsOf(X509Certificate2Collection authorities, X509Certificate2 leaf, X509Chain? sent)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(leaf);
    }

    private static string Describe(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            return "no certificate";
        string why = errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? "it is for another host"
            : string.Join(", ", chain?.ChainStatus.Select(static status => status.Status.ToString()).Distinct() ?? []);
        return $"subject {certificate.Subject}, issuer {certificate.Issuer}: {why}";
    }

    private void AddDirectory(string directory, X509Certificate2Collection authorities)
    {
        _directories.Add(directory);
        try
        {
            if (!Directory.Exists(directory))
                return;
            foreach (string file in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
            {
                if (file.EndsWith(".crt", StringComparison.Ordinal))
                    AddAuthorities(file, authorities);
                else if (file.EndsWith(".cert", StringComparison.Ordinal) && Path.ChangeExtension(file, ".key") is var key && File.Exists(key))
                    _own.Add(X509Certificate2.CreateFromPemFile(file, key));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // A file that can't be read vouches for nobody. The error that follows names the directory.
        }
    }

    private static void AddAuthorities(string file, X509Certificate2Collection authorities)
    {
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // As above.
        }
    }
}
