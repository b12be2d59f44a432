using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Registry;

/// <summary>The name of an image in a registry. Text alone decides what is one, never what is on disk.</summary>
/// <param name="Host">The registry, <c>HOST[:PORT]</c>, in small letters; docker's is <c>docker.io</c>.</param>
/// <param name="Repository">The repository, without the registry.</param>
/// <param name="Tag">The tag; null where there is only a digest.</param>
/// <param name="Digest">The digest of the index or manifest; null where the tag decides.</param>
internal sealed record RegistryReference(string Host, string Repository, string? Tag, Digest? Digest)
{
    public const string DockerHub = "docker.io";

    private const string DockerScheme = "docker://", OciScheme = "oci://", Latest = "latest", Official = "library/";

    /// <summary>The other names of docker's registry.</summary>
    private static readonly string[] DockerHubNames = ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

    /// <summary>Forms of other programs, with the meaning of each.</summary>
    private static readonly (string Start, string Meant)[] Refused =
    [
        ("docker-daemon:", "save the image first, with 'docker save', and name the archive"),
        ("containers-storage:", "save the image first, with 'podman save --format oci-archive', and name the archive"),
        ("docker-archive:", "write the path alone: an archive is known by its content"),
        ("oci-archive:", "write the path alone: an archive is known by its content"),
        ("oci:", "write the path of the layout alone, or oci://HOST/REPOSITORY for an image in a registry"),
        ("dir:", "skopeo's 'dir:' form is no image: copy it to 'oci-archive:'"),
        ("https://", "write docker://HOST/REPOSITORY:TAG for an image in a registry; download any other file before the build"),
        ("http://", "write docker://HOST/REPOSITORY:TAG, and name the registry in OciInsecureRegistries"),
    ];

    /// <summary>What a lock file calls the tag.</summary>
    public string LockKey => $"{Host}/{Repository}:{Tag}";

    /// <summary>The last component of the repository: an image's default name.</summary>
    public string ShortName => Repository[(Repository.LastIndexOf('/') + 1)..];

    /// <summary>Tells whether a text means an image in a registry. A text that other programs take for one counts too, and is an error.</summary>
    public static bool IsMeantBy(string text) =>
        text.StartsWith(DockerScheme, StringComparison.Ordinal) || text.StartsWith(OciScheme, StringComparison.Ordinal) || IsPinned(text)
        || MeantByOthers(text) is not null;

    /// <exception cref="OciException">OCI8001: the text is no reference.</exception>
    public static RegistryReference Parse(string text)
    {
        bool isDocker = text.StartsWith(DockerScheme, StringComparison.Ordinal);
        if (isDocker || text.StartsWith(OciScheme, StringComparison.Ordinal))
            return ParseName(text, text[(isDocker ? DockerScheme : OciScheme).Length..], isDocker);
        if (MeantByOthers(text) is var (start, meant))
            throw RegistryErrors.BadReference(text, $"a form of another program: '{start}'", $"Instead, {meant}.");
        return ParseName(text, text, isDocker: false);
    }

    /// <summary>The host as references name it.</summary>
    public static string NormaliseHost(string host)
    {
        string lower = host.ToLowerInvariant();
        return Array.IndexOf(DockerHubNames, lower) >= 0 ? DockerHub : lower;
    }

    /// <summary>Whether both together are the name of a repository, with a host and without a tag.</summary>
    public static bool IsHostAndRepository(string host, string repository) =>
        ImageTag.BeginsWithHost($"{host}/{repository}") && ImageTag.Parse($"{host}/{repository}:{Latest}") is { } tag && tag.Repository == $"{host}/{repository}";

    /// <summary>Whether a path that does not exist reads like a reference.</summary>
    public static bool MayBeMeantBy(string path) =>
        !path.StartsWith('.') && !path.StartsWith('/') && path.Contains('/', StringComparison.Ordinal) && !path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)
        && ImageTag.Parse(path) is { } tag && tag.FullName.StartsWith(tag.Repository + ":", StringComparison.Ordinal);

    public override string ToString() => $"{DockerScheme}{Host}/{Repository}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    private static (string Start, string Meant)? MeantByOthers(string text)
    {
        foreach ((string Start, string Meant) form in Refused)
        {
            if (text.StartsWith(form.Start, StringComparison.Ordinal))
                return form;
        }
        return null;
    }

    /// <summary>Without a scheme, only a digest and a host make a reference of what could be a path.</summary>
    private static bool IsPinned(string text) => text.LastIndexOf('@') is > 0 and var at
        && Spec.Digest.TryParse(text[(at + 1)..], out _) && ImageTag.BeginsWithHost(text[..at]) && !text.StartsWith('/') && !text.StartsWith('.');

    private static RegistryReference ParseName(string text, string name, bool isDocker)
    {
        int at = name.LastIndexOf('@');
        Digest? digest = null;
        if (at >= 0 && !Spec.Digest.TryParse(name[(at + 1)..], out digest))
            throw RegistryErrors.BadReference(text, $"'{name[(at + 1)..]}' behind the '@'", "A digest is sha256: and 64 small hexadecimal digits, or sha512: and 128.");
        string tagged = at < 0 ? name : name[..at];
        bool hasTag = tagged.LastIndexOf(':') > tagged.LastIndexOf('/');
        bool hasHost = ImageTag.BeginsWithHost(tagged);
        if (!hasHost && !isDocker)
            throw RegistryErrors.BadReference(text, "no registry", "Begin with the registry's host, which has a dot or a port; docker:// takes docker's short names too.");
        if (ImageTag.Parse(hasHost ? tagged : $"{DockerHub}/{tagged}") is not { } parsed)
            throw RegistryErrors.BadReference(text, "another text", "Repositories have small letters and digits, divided by '.', '_', '-' and '/'; a tag has at most 128 characters.");
        int slash = parsed.Repository.IndexOf('/', StringComparison.Ordinal);
        string host = NormaliseHost(parsed.Repository[..slash]), repository = parsed.Repository[(slash + 1)..];
        if (host == DockerHub && !repository.Contains('/', StringComparison.Ordinal))
            repository = Official + repository;
        return new RegistryReference(host, repository, hasTag ? parsed.Tag : digest is null ? Latest : null, digest);
    }
}
