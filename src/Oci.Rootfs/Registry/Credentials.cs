using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Registry;

/// <summary>
/// Finds who we are for a registry, in the places where docker and podman have it. The first place with an answer counts. Nothing is looked
/// up before a registry wants to know.
/// </summary>
internal sealed class Credentials(RegistryOptions options, EngineContext context)
{
    private const string UserVariable = "DOTNET_CONTAINER_PULL_REGISTRY_UNAME", PasswordVariable = "DOTNET_CONTAINER_PULL_REGISTRY_PWORD";
    private const int MostFileBytes = 1 << 20;

    /// <summary>What docker calls its own registry when it asks a helper.</summary>
    private const string DockerHubOfHelpers = "https://index.docker.io/v1/";

    private readonly List<string> _places = [];
    private readonly HashSet<(string Helper, string Host)> _asked = [];

    /// <summary>All places that were looked at, for an error.</summary>
    public string Places => _places.Count == 0 ? "nowhere" : string.Join(", ", _places.Distinct());

    /// <returns>Null where nothing is known.</returns>
    public Credential? Find(string host, string repository)
    {
        foreach (AuthFile file in Files())
        {
            if (Find(file, host, repository) is { } credential)
                return credential;
        }
        return options.IsOnlyRegistry ? OfVariables() : null;
    }

    private Credential? Find(AuthFile file, string host, string repository)
    {
        if (file.HelperOf(host) is { } own)
            return Ask(own, host);
        return file.Find(host, repository) ?? (file.Store is { Length: > 0 } store ? Ask(store, host) : null);
    }

    private Credential? Ask(string helper, string host)
    {
        _places.Add($"docker-credential-{helper}");
        if (!_asked.Add((helper, host)))
            return null;
        string server = host == RegistryReference.DockerHub ? DockerHubOfHelpers : host;
        Credential? credential = new CredentialHelper(options.Environment, options.Times, context).Get(helper, server, out string? problem);
        if (problem is not null)
            RegistryErrors.WarnHelper(context.Log, $"'docker-credential-{helper}'", problem);
        return credential;
    }

    private Credential? OfVariables()
    {
        _places.Add(UserVariable);
        return Variable(UserVariable) is { } user && Variable(PasswordVariable) is { } password ? new Credential(user, password, null, UserVariable) : null;
    }

    private IEnumerable<AuthFile> Files()
    {
        if (options.AuthFile is { } named && Read(named, isNamed: true) is { } given)
            yield return given;
        if (Variable("DOCKER_AUTH_CONFIG") is { } json)
        {
            _places.Add("DOCKER_AUTH_CONFIG");
            if (AuthFile.Parse(Encoding.UTF8.GetBytes(json), "DOCKER_AUTH_CONFIG") is { } variable)
                yield return variable;
            else
                RegistryErrors.WarnHelper(context.Log, "DOCKER_AUTH_CONFIG", "it is not JSON");
        }
        if (Variable("REGISTRY_AUTH_FILE") is { } ofPodman && Read(ofPodman, isNamed: true) is { } file)
            yield return file;
        foreach (string path in UsualFiles())
        {
            if (Read(path, isNamed: false) is { } usual)
                yield return usual;
        }
    }

    private IEnumerable<string> UsualFiles()
    {
        string? home = Variable("HOME") ?? Variable("USERPROFILE");
        if (Variable("XDG_RUNTIME_DIR") is { } runtime)
            yield return Path.Combine(runtime, "containers", "auth.json");
        if ((Variable("XDG_CONFIG_HOME") ?? (home is null ? null : Path.Combine(home, ".config"))) is { } config)
            yield return Path.Combine(config, "containers", "auth.json");
        if ((Variable("DOCKER_CONFIG") ?? (home is null ? null : Path.Combine(home, ".docker"))) is { } docker)
            yield return Path.Combine(docker, "config.json");
    }

    private AuthFile? Read(string path, bool isNamed)
    {
        // A relative path in the environment would mean another file in each project.
        if (!Path.IsPathFullyQualified(path))
            return null;
        _places.Add(path);
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
            {
                if (isNamed)
                    RegistryErrors.WarnHelper(context.Log, $"'{path}'", "there is no such file");
                return null;
            }
            if (file.Length <= MostFileBytes && AuthFile.Parse(File.ReadAllBytes(path), path) is { } parsed)
                return parsed;
            RegistryErrors.WarnHelper(context.Log, $"'{path}'", "it is not JSON");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            RegistryErrors.WarnHelper(context.Log, $"'{path}'", "it can't be read");
        }
        return null;
    }

    private string? Variable(string name) => options.Environment(name) is { Length: > 0 } value ? value : null;
}
