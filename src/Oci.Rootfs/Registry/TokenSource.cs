using System.Text;
using System.Text.Json;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Registry;

/// <summary>
/// Gets the token that a registry's challenge asks for (distribution's token and OAuth 2 specifications). Tokens live as long as this object.
/// </summary>
internal sealed class TokenSource(RegistryServer server)
{
    private const int MostBytes = 64 << 10, NotFound = 404, NotAllowed = 405;
    private const string ClientId = "oci-build-tasks";

    /// <exception cref="OciException">The token server refuses, or is at an address that is refused.</exception>
    public string Get(Challenge challenge, Credential? credential)
    {
        if (!Uri.TryCreate(challenge.Realm, UriKind.Absolute, out Uri? realm))
            throw RegistryErrors.RefusedAddress("realm", "no address", "a whole address");
        Allowed.Check("realm", realm, server.Endpoint);
        Retry retry = server.NewRetry();
        while (true)
        {
            try
            {
                return Get(realm, challenge, credential);
            }
            catch (IOException e)
            {
                if (!retry.Again())
                    throw RegistryErrors.Unreachable(server.Endpoint.Shown, $"{e.Message} at the token server, in {retry.Failed} tries");
            }
        }
    }

    private string Get(Uri realm, Challenge challenge, Credential? credential)
    {
        string scope = challenge.Scope ?? $"repository:{server.Endpoint.Repository}:pull";
        if (credential?.IdentityToken is { } identity)
        {
            using Answer posted = server.Send(() => Post(realm, challenge.Service, scope, identity), mayRedirect: false);
            if (posted.Status is not (NotFound or NotAllowed))
                return Read(posted, credential);
        }
        using Answer got = server.Send(() => Ask(realm, challenge.Service, scope, credential), mayRedirect: false);
        return Read(got, credential);
    }

    private static HttpRequestMessage Ask(Uri realm, string? service, string scope, Credential? credential)
    {
        StringBuilder query = new(realm.Query);
        void Add(string name, string value) => query.Append(query.Length == 0 ? "?" : "&").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        if (service is not null)
            Add("service", service);
        // Several scopes in one text are several parameters.
        foreach (string one in scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Add("scope", one);
        if (credential is { User.Length: > 0 })
            Add("account", credential.User);
        HttpRequestMessage request = new(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri);
        if (credential is { User.Length: > 0 })
            request.Headers.Authorization = RegistryServer.Basic(credential);
        return request;
    }

    private static HttpRequestMessage Post(Uri realm, string? service, string scope, string identity) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(
        [
            new("grant_type", "refresh_token"), new("service", service ?? ""), new("client_id", ClientId), new("scope", scope), new("refresh_token", identity),
        ]),
    };

    private string Read(Answer answer, Credential? credential)
    {
        if (answer.Status is 400 or 401 or 403 or NotFound)
            throw server.NotAuthorised(credential, answer.ReadWords());
        if (!answer.IsOk)
            throw RegistryErrors.NotARegistry(server.Endpoint.Shown, $"status {answer.Status} of the token server");
        byte[] body = answer.ReadAll(MostBytes) ?? throw RegistryErrors.NotARegistry(server.Endpoint.Shown, "a token of more than 64 KiB");
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            foreach (string name in (string[])["token", "access_token"])
            {
                // A token with a line break or another such character would be another header.
                if (document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } token && token.All(static c => c is > ' ' and < '\x7f'))
                    return token;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Said below.
        }
        throw RegistryErrors.NotARegistry(server.Endpoint.Shown, "no token in the answer of the token server");
    }
}
