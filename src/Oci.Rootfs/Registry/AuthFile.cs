using System.Text;
using System.Text.Json;

namespace Oci.Rootfs.Registry;

/// <summary>
/// A file of credentials: docker's <c>config.json</c> and podman's <c>auth.json</c> (containers-auth.json(5)).
/// </summary>
internal sealed class AuthFile
{
    private const string TokenUser = "<token>";

    private readonly Dictionary<string, Credential> _auths = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _helpers = new(StringComparer.Ordinal);

    private AuthFile(string source) => Source = source;

    /// <summary>The file or variable, for messages.</summary>
    public string Source { get; }

    /// <summary>The helper for all registries; null for none.</summary>
    public string? Store { get; private set; }

    /// <summary>Reads the JSON text; null where it is none.</summary>
    public static AuthFile? Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            AuthFile file = new(source);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            foreach (JsonProperty auth in JsonMember.Members(document.RootElement, "auths"))
            {
                if (CredentialOf(auth.Value, source) is { } credential)
                    file._auths.TryAdd(NormaliseKey(auth.Name), credential);
            }
            foreach (JsonProperty helper in JsonMember.Members(document.RootElement, "credHelpers"))
            {
                if (helper.Value.ValueKind == JsonValueKind.String)
                    file._helpers.TryAdd(NormaliseKey(helper.Name), helper.Value.GetString()!);
            }
            file.Store = JsonMember.Text(document.RootElement, "credsStore");
            return file;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public string? HelperOf(string host) => _helpers.GetValueOrDefault(host);

    /// <summary>The entry for the repository, or the nearest one above it: a namespace or the host.</summary>
    public Credential? Find(string host, string repository)
    {
        for (string key = $"{host}/{repository}"; ; key = key[..key.LastIndexOf('/')])
        {
            if (_auths.TryGetValue(key, out Credential? credential))
                return credential;
            if (!key.Contains('/', StringComparison.Ordinal))
                return null;
        }
    }

    /// <summary>
    /// A key as references have it. Docker writes the address of an old interface for its own registry: <c>https://index.docker.io/v1/</c>.
    /// </summary>
    private static string NormaliseKey(string key)
    {
        string rest = key;
        bool isAddress = false;
        foreach (string scheme in (string[])["https://", "http://"])
        {
            if (rest.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                (rest, isAddress) = (rest[scheme.Length..], true);
        }
        rest = rest.TrimEnd('/');
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string host = RegistryReference.NormaliseHost(slash < 0 ? rest : rest[..slash]), path = slash < 0 ? "" : rest[slash..];
        // An address is of a whole registry, whatever its path.
        return isAddress || path is "/v1" or "/v2" ? host : host + path;
    }

    private static Credential? CredentialOf(JsonElement auth, string source)
    {
        if (auth.ValueKind != JsonValueKind.Object)
            return null;
        (string? user, string? password, string? token) = (JsonMember.Text(auth, "username"), JsonMember.Text(auth, "password"), JsonMember.Text(auth, "identitytoken"));
        if (JsonMember.Text(auth, "auth") is { Length: > 0 } basic && Decode(basic) is { } decoded && decoded.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
            (user, password) = (decoded[..colon], decoded[(colon + 1)..].TrimEnd('\0'));
        if (user == TokenUser)
            return new Credential("", "", password, source);
        if (token is { Length: > 0 })
            return new Credential(user ?? "", password ?? "", token, source);
        return string.IsNullOrEmpty(user) ? null : new Credential(user, password ?? "", null, source);
    }

    private static string? Decode(string base64)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
