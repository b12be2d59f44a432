using System.Security.Cryptography.X509Certificates;
using System.Text;
using Oci.Images.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>
/// A registry with a name of its own, whose blobs are in another place, as the large ones have it. All servers are on this machine, behind a
/// proxy that knows their names.
/// </summary>
public sealed class RedirectTests : IDisposable
{
    private const string Registry = "reg.example", Storage = "storage.example", Realm = "auth.example", Token = "TOKEN-that-is-secret";

    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2[] _certificates;
    private readonly RegistryScenario _scenario;
    private readonly TestServer _storage, _realm;
    private readonly TestTunnel _tunnel;
    private readonly string _digest;

    public RedirectTests()
    {
        _certificates = [.. new string[] { Registry, Storage, Realm }.Select(_authority.Issue)];
        _scenario = new RegistryScenario(_certificates[0]);
        (_storage, _realm) = (new TestServer(_certificates[1]), new TestServer(_certificates[2]));
        _tunnel = new TestTunnel(new Dictionary<string, int> { [$"{Registry}:443"] = _scenario.Server.Port, [$"{Storage}:443"] = _storage.Port, [$"{Realm}:443"] = _realm.Port });
        _scenario.Environment["https_proxy"] = _tunnel.Address;
        _scenario.Environment["SSL_CERT_FILE"] = _scenario.WriteHome("ca.pem", _authority.Pem);
        _digest = _scenario.Add();
        _storage.Answer = r => r.Authorization is null ? _scenario.Server.Serve(r) : new TestResponse(400);
        _realm.Answer = static _ => TestResponse.Json(200, $$"""{"token":"{{Token}}"}""");
        _scenario.Server.Before = static r => r.IsBlob ? TestResponse.Redirect($"https://{Storage}{r.Path}?X-Amz-Signature=SIGNATURE") : null;
    }

    public void Dispose()
    {
        _tunnel.Dispose();
        _realm.Dispose();
        _storage.Dispose();
        _scenario.Dispose();
        foreach (X509Certificate2 certificate in _certificates)
            certificate.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public void Blobs_in_another_place_are_fetched_there()
    {
        Assert.True(Extract());

        Assert.All(_storage.Requests, static r => Assert.True(r.IsBlob));
        Assert.Equal(3, _storage.Requests.Count);
    }

    [Fact]
    public void The_token_is_for_the_registry_and_the_password_for_the_realm_and_the_storage_gets_neither()
    {
        _scenario.WriteHome(".docker/config.json", $"{{\"auths\":{{\"{Registry}\":{{\"auth\":\"{Convert.ToBase64String("u:p"u8)}\"}}}}}}");
        _scenario.Server.WantToken($"https://{Realm}/token", Token);
        Func<TestRequest, TestResponse?> wants = _scenario.Server.Before;
        _scenario.Server.Before = r => wants(r) ?? (r.IsBlob ? TestResponse.Redirect($"https://{Storage}{r.Path}") : null);

        Assert.True(Extract());

        Assert.All(_storage.Requests, static r => Assert.Null(r.Authorization));
        Assert.Equal("Basic " + Convert.ToBase64String("u:p"u8), Assert.Single(_realm.Requests).Authorization);
        Assert.All(_scenario.Server.Requests.Skip(1), static r => Assert.Equal("Bearer " + Token, r.Authorization));
    }

    [Fact]
    public void A_storage_that_asks_who_we_are_is_told_nothing()
    {
        _scenario.WriteHome(".docker/config.json", $"{{\"auths\":{{\"{Registry}\":{{\"auth\":\"dTpw\"}},\"{Storage}\":{{\"auth\":\"dTpw\"}}}}}}");
        _storage.Answer = static _ => new TestResponse(401).With("WWW-Authenticate", "Basic realm=\"x\"");

        Assert.Equal("OCI8014", Assert.Throws<Errors.OciException>(() => Extract()).Code);

        Assert.All(_storage.Requests, static r => Assert.Null(r.Authorization));
    }

    [Fact]
    public void From_TLS_no_redirect_leads_back_to_plain_HTTP()
    {
        _scenario.Server.Before = static r => r.IsBlob ? TestResponse.Redirect($"http://{Storage}{r.Path}") : null;

        Assert.Equal("OCI8013", Assert.Throws<Errors.OciException>(() => Extract()).Code);

        Assert.DoesNotContain(_tunnel.Asked, static name => name.StartsWith(Storage, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_trusted_for_the_registry_alone_is_not_trusted_for_the_storage()
    {
        _scenario.Environment.Remove("SSL_CERT_FILE");
        _scenario.WriteHome($".config/containers/certs.d/{Registry}/ca.crt", _authority.Pem);

        Assert.Equal("OCI8006", Assert.Throws<Errors.OciException>(() => Extract()).Code);

        Assert.Empty(_storage.Requests);
        Assert.NotEmpty(_scenario.Server.Requests);
    }

    [Fact]
    public void The_certificate_of_an_insecure_registry_may_be_any_and_that_of_its_storage_not()
    {
        _scenario.Environment.Remove("SSL_CERT_FILE");

        Assert.Equal("OCI8006", Assert.Throws<Errors.OciException>(() => Extract(static o => o with { InsecureRegistries = [Registry] })).Code);

        Assert.NotEmpty(_scenario.Server.Requests);
        Assert.Empty(_storage.Requests);
    }

    [Fact]
    public void The_signature_of_the_storage_is_written_nowhere()
    {
        _storage.Answer = static _ => new TestResponse(403) { Body = Encoding.UTF8.GetBytes("<Error>SIGNATURE is wrong</Error>") };
        Errors.OciException e = Assert.Throws<Errors.OciException>(() => Extract());
        Assert.DoesNotContain("SIGNATURE", _scenario.Everything(e), StringComparison.Ordinal);
    }

    private bool Extract(Func<RegistryOptions, RegistryOptions>? change = null) => RegistryScenario.Extract(_scenario.Request($"docker://{Registry}/app@{_digest}", change)).Extracted;
}
