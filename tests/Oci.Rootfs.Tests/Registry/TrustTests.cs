using System.Security.Cryptography.X509Certificates;
using Oci.Images.Registry;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>Which servers are believed: by certificates, by the project's word, and never without either.</summary>
public sealed class TrustTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;
    private readonly RegistryScenario _scenario;
    private readonly string _digest;

    public TrustTests()
    {
        _certificate = _authority.Issue("127.0.0.1");
        _scenario = new RegistryScenario(_certificate);
        _digest = _scenario.Add();
    }

    public void Dispose()
    {
        _scenario.Dispose();
        _certificate.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public void A_certificate_of_an_unknown_authority_is_an_error_that_says_where_authorities_go()
    {
        OciException e = _scenario.Fails("OCI8006", _digest);

        Assert.Contains("CN=Test authority", e.Message, StringComparison.Ordinal);
        Assert.Contains($"/etc/containers/certs.d/{_scenario.Server.Host}", e.Message, StringComparison.Ordinal);
        Assert.Empty(_scenario.Server.Requests);
    }

    [Fact]
    public void The_projects_authorities_are_trusted()
    {
        _scenario.WriteHome("certs/ca.crt", _authority.Pem);
        Assert.True(_scenario.Extract(_digest, o => o with { CertificatesDirectory = _scenario["home/certs"] }).Extracted);
    }

    [Fact]
    public void The_users_authorities_for_the_host_are_trusted()
    {
        _scenario.WriteHome($".config/containers/certs.d/{_scenario.Server.Host}/ca.crt", _authority.Pem);
        Assert.True(_scenario.Extract(_digest).Extracted);
    }

    [Fact]
    public void The_users_authorities_for_another_host_are_not_trusted()
    {
        _scenario.WriteHome(".config/containers/certs.d/reg.example/ca.crt", _authority.Pem);
        _scenario.Fails("OCI8006", _digest);
    }

    [Fact]
    public void The_environments_authorities_are_trusted()
    {
        _scenario.Environment["SSL_CERT_FILE"] = _scenario.WriteHome("bundle.pem", _authority.Pem);
        Assert.True(_scenario.Extract(_digest).Extracted);
    }

    [Fact]
    public void An_authority_does_not_make_another_hosts_certificate_right()
    {
        using X509Certificate2 other = _authority.Issue("reg.example");
        using RegistryScenario scenario = new(other);
        string digest = scenario.Add();
        scenario.WriteHome("certs/ca.crt", _authority.Pem);

        OciException e = scenario.Fails("OCI8006", digest, o => o with { CertificatesDirectory = scenario["home/certs"] });

        Assert.Contains("another host", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_insecure_registry_may_have_any_certificate()
    {
        Assert.True(_scenario.Extract(_digest, o => o with { InsecureRegistries = [_scenario.Server.Host] }).Extracted);
    }

    [Fact]
    public void A_registry_of_this_machine_is_not_asked_without_TLS_where_it_has_TLS()
    {
        _scenario.Fails("OCI8006", _digest);
        Assert.Equal(1, _scenario.Server.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_registry_of_this_machine_without_TLS_is_asked_without(bool waits)
    {
        using TestRegistry plain = new() { WaitsForMoreTls = waits };
        string digest = plain.Add("app", "1", RegistryScenario.App.ToLayout());
        RootfsRequest request = _scenario.Request($"docker://{plain.Host}/app@{digest}", static o => o with { Times = o.Times with { ConnectWithoutTls = TimeSpan.FromSeconds(1) } });

        Assert.True(RegistryScenario.Extract(request).Extracted);
    }

    [Fact]
    public void A_damaged_file_of_authorities_vouches_for_nobody()
    {
        _scenario.WriteHome("certs/ca.crt", "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n");
        _scenario.Fails("OCI8006", _digest, o => o with { CertificatesDirectory = _scenario["home/certs"] });
    }
}
