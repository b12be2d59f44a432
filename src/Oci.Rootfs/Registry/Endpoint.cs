using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Registry;

/// <summary>One server that can be asked for an image: the registry itself or a mirror.</summary>
/// <param name="Host">The host as credentials know it.</param>
/// <param name="Origin">Scheme, host and port.</param>
/// <param name="Repository">The repository as this server knows it.</param>
/// <param name="Namespace">The registry that a mirror stands for; null for the registry itself.</param>
/// <param name="AllowsHttp">Whether it may be asked without TLS, where it does not speak TLS.</param>
/// <param name="TakesAnyCertificate">Whether its certificate need not be one that somebody vouches for.</param>
/// <param name="HasTags">Whether it may say what a tag means.</param>
internal sealed record Endpoint(string Host, Uri Origin, string Repository, string? Namespace, bool AllowsHttp, bool TakesAnyCertificate, bool HasTags)
{
    private IReadOnlyList<string> _insecure = [];

    private const string DockerHubServer = "registry-1.docker.io";

    /// <summary>The servers for an image, in the order in which they are asked.</summary>
    /// <exception cref="OciException">OCI8001: a mirror has no usable location.</exception>
    public static IReadOnlyList<Endpoint> Of(RegistryReference image, RegistryOptions options)
    {
        List<Endpoint> endpoints = [];
        foreach (RegistryMirror mirror in options.Mirrors)
        {
            if (RegistryReference.NormaliseHost(mirror.Registry) == image.Host)
                endpoints.Add(OfMirror(mirror, image, options));
        }
        endpoints.Add(Make(image.Host, image.Repository, null, true, options));
        return endpoints;
    }

    /// <summary>The address of something in the repository.</summary>
    /// <param name="kind"><c>manifests</c> or <c>blobs</c>.</param>
    /// <param name="name">A tag or a digest: neither has a character that an address would escape.</param>
    public Uri AddressOf(string kind, string name) => new(Origin, $"/v2/{Repository}/{kind}/{name}{(Namespace is null ? "" : "?ns=" + Uri.EscapeDataString(Namespace))}");

    public bool IsHttp => Origin.Scheme == Uri.UriSchemeHttp;

    /// <summary>The server as messages name it.</summary>
    public string Shown => Origin.Authority;

    /// <summary>The same server without TLS.</summary>
    public Endpoint WithHttp() =>
        this with { Origin = new UriBuilder(Origin) { Scheme = Uri.UriSchemeHttp, Port = Origin.IsDefaultPort ? 80 : Origin.Port }.Uri };

    /// <summary>Whether the project names another server as one that may be asked without TLS.</summary>
    public bool NamesInsecure(Uri address) => IsNamed(_insecure, address.Authority) || IsNamed(_insecure, address.IdnHost);

    public bool HasOriginOf(Uri address) => address.Scheme == Origin.Scheme && address.IdnHost == Origin.IdnHost && address.Port == Origin.Port;

    private static Endpoint OfMirror(RegistryMirror mirror, RegistryReference image, RegistryOptions options)
    {
        string location = mirror.Location.Trim().TrimEnd('/');
        int slash = location.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? location : location[..slash], prefix = slash < 0 ? "" : location[(slash + 1)..] + "/";
        // The same grammar as a reference's: a mirror is never a path, a scheme or an address with a query.
        return RegistryReference.IsHostAndRepository(host, prefix + image.Repository)
            ? Make(RegistryReference.NormaliseHost(host), prefix + image.Repository, image.Host, mirror.Tags, options)
            : throw RegistryErrors.BadMirror(mirror.Location);
    }

    private static Endpoint Make(string host, string repository, string? ns, bool hasTags, RegistryOptions options)
    {
        string server = host == RegistryReference.DockerHub ? DockerHubServer : host;
        Uri origin = new($"https://{server}/");
        bool isNamed = IsNamed(options.InsecureRegistries, host);
        return new Endpoint(host, origin, repository, ns, isNamed || Allowed.IsLoopback(origin), isNamed, hasTags) { _insecure = options.InsecureRegistries };
    }

    private static bool IsNamed(IReadOnlyList<string> registries, string host)
    {
        foreach (string registry in registries)
        {
            if (RegistryReference.NormaliseHost(registry.Trim()) == host)
                return true;
        }
        return false;
    }
}
