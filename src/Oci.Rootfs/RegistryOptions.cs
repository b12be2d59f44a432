using Oci.Rootfs.Context;

namespace Oci.Rootfs;

/// <summary>How images in registries are found, fetched and kept. All paths are absolute.</summary>
public sealed record RegistryOptions
{
    /// <summary>
    /// The file that pins tags to digests. Null: the engine asks the registry in each build what a tag means.
    /// </summary>
    public string? LockFile { get; init; }

    /// <summary>Whether a tag without an entry in <see cref="LockFile"/> is an error, as in a CI build.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Whether the registry is asked anew what a tag means, in spite of <see cref="LockFile"/>.</summary>
    public bool Update { get; init; }

    /// <summary>Whether the network may not be used.</summary>
    public bool Offline { get; init; }

    /// <summary>The directory for fetched blobs, which all builds of a user share; null for the one that the environment gives.</summary>
    public string? StoreDirectory { get; init; }

    /// <summary>The bytes beyond which the store drops what was used least recently. 0: it drops nothing.</summary>
    public long StoreMaxBytes { get; init; } = 20L << 30;

    /// <summary>
    /// The directory for the index, manifest and config of this image, so that a build with nothing to do needs neither store nor network;
    /// null for none.
    /// </summary>
    public string? DocumentsDirectory { get; init; }

    /// <summary>The number of blobs that are fetched at once, from 1 to 64.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>A file of credentials that is read before all others: docker's <c>config.json</c> or podman's <c>auth.json</c>.</summary>
    public string? AuthFile { get; init; }

    /// <summary>The registries, <c>HOST[:PORT]</c>, that may be asked without TLS, or with a certificate that nobody vouches for.</summary>
    public IReadOnlyList<string> InsecureRegistries { get; init; } = [];

    /// <summary>A directory with certificates (<c>*.crt</c>) of authorities that are trusted beside the system's.</summary>
    public string? CertificatesDirectory { get; init; }

    /// <summary>The mirrors, in the order in which they are asked.</summary>
    public IReadOnlyList<RegistryMirror> Mirrors { get; init; } = [];

    /// <summary>
    /// Whether all images of the project are in one registry. Only then <c>DOTNET_CONTAINER_PULL_REGISTRY_UNAME</c> and <c>_PWORD</c> count:
    /// they name no registry.
    /// </summary>
    public bool IsOnlyRegistry { get; init; }

    /// <summary>The environment of the build: credentials, proxies and directories are found by it. Secrets in it go nowhere else.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>How long the engine waits for a registry.</summary>
    internal RegistryTimes Times { get; init; } = new();

    /// <summary>The clock of waits and of the store's ages.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;
}
