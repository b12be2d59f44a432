using Oci.Images.Registry;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>
/// Where a registry may send a build: a redirect or a realm that an attacker wrote must not make the build ask servers that only its own
/// machine can reach.
/// </summary>
public sealed class AddressTests : IDisposable
{
    private readonly RegistryScenario _scenario = new();
    private readonly TestServer _other = new();

    public void Dispose()
    {
        _other.Dispose();
        _scenario.Dispose();
    }

    [Theory]
    [InlineData("https://cdn.example/x", null)]
    [InlineData("https://8.8.8.8/x", null)]
    [InlineData("https://[2001:4860:4860::8888]/x", null)]
    [InlineData("https://reg.example/x", null)]
    [InlineData("https://172.32.0.1/x", null)]
    [InlineData("https://100.128.0.1/x", null)]
    [InlineData("http://cdn.example/x", "https")]
    [InlineData("http://reg.example/x", "https")]
    [InlineData("file:///etc/passwd", "https")]
    [InlineData("ftp://cdn.example/x", "https")]
    [InlineData("gopher://cdn.example/x", "https")]
    [InlineData("https://user:secret@cdn.example/x", "without a user")]
    [InlineData("https://user:secret@reg.example/x", "without a user")]
    [InlineData("https://127.0.0.1/x", "public")]
    [InlineData("https://127.255.0.9/x", "public")]
    [InlineData("https://localhost/x", "public")]
    [InlineData("https://localhost./x", "public")]
    [InlineData("https://LOCALHOST/x", "public")]
    [InlineData("https://a.localhost/x", "public")]
    [InlineData("https://0.0.0.0/x", "public")]
    [InlineData("https://0/x", "public")]
    [InlineData("https://2130706433/x", "public")]
    [InlineData("https://0x7f.1/x", "public")]
    [InlineData("https://017700000001/x", "public")]
    [InlineData("https://10.1.2.3/x", "public")]
    [InlineData("https://172.16.0.1/x", "public")]
    [InlineData("https://172.31.255.255/x", "public")]
    [InlineData("https://192.168.1.1/x", "public")]
    [InlineData("https://169.254.169.254/latest/meta-data", "public")]
    [InlineData("https://100.64.0.1/x", "public")]
    [InlineData("https://100.127.255.255/x", "public")]
    [InlineData("https://224.0.0.1/x", "public")]
    [InlineData("https://255.255.255.255/x", "public")]
    [InlineData("https://192.0.0.192/x", "public")]
    [InlineData("https://198.18.0.1/x", "public")]
    [InlineData("https://[::1]/x", "public")]
    [InlineData("https://[::]/x", "public")]
    [InlineData("https://[::ffff:127.0.0.1]/x", "public")]
    [InlineData("https://[::ffff:a9fe:a9fe]/x", "public")]
    [InlineData("https://[::7f00:1]/x", "public")]
    [InlineData("https://[64:ff9b::7f00:1]/x", "public")]
    [InlineData("https://[2002:7f00:1::]/x", "public")]
    [InlineData("https://[fe80::1]/x", "public")]
    [InlineData("https://[fc00::1]/x", "public")]
    [InlineData("https://[fd12:3456::1]/x", "public")]
    [InlineData("https://[ff02::1]/x", "public")]
    [InlineData("https://[fec0::1]/x", "public")]
    public void Addresses_that_are_not_public_are_refused(string address, string? rule)
    {
        Endpoint endpoint = Endpoint.Of(RegistryReference.Parse("docker://reg.example/app:1"), new RegistryOptions())[0];
        Exception? refused = Record.Exception(() => Allowed.Check("redirect", new Uri(address), endpoint));

        if (rule is null)
        {
            Assert.Null(refused);
            return;
        }
        OciException e = Assert.IsType<OciException>(refused);
        Assert.Equal("OCI8013", e.Code);
        Assert.Contains(rule, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docker://192.168.1.5:5000/app:1", "https://192.168.1.5:5000/token")]
    [InlineData("docker://10.0.0.1/app:1", "https://10.0.0.1/token")]
    public void A_registry_in_a_private_network_may_have_its_realm_at_its_own_place(string reference, string address) =>
        Allowed.Check("realm", new Uri(address), Endpoint.Of(RegistryReference.Parse(reference), new RegistryOptions())[0]);

    [Theory]
    [InlineData("docker://192.168.1.5:5000/app:1", "https://192.168.1.5:6000/token")]
    [InlineData("docker://10.0.0.1/app:1", "https://10.0.0.2/token")]
    public void A_registry_in_a_private_network_may_not_send_us_to_its_neighbours(string reference, string address) =>
        Assert.Throws<OciException>(() => Allowed.Check("realm", new Uri(address), Endpoint.Of(RegistryReference.Parse(reference), new RegistryOptions())[0]));

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public void A_redirect_to_the_registry_itself_is_followed(int status)
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = r => r.IsBlob && r.Query.Length == 0 ? TestResponse.Redirect(r.Path + "?x=1", status) : null;

        Assert.True(_scenario.Extract(digest).Extracted);
    }

    [Theory]
    [InlineData("http://{0}/stolen")]
    [InlineData("https://{0}/stolen")]
    [InlineData("//{0}/stolen")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://localhost.:{1}/stolen")]
    [InlineData("http://[::ffff:127.0.0.1]:{1}/stolen")]
    public void A_redirect_to_another_server_of_this_machine_sends_nothing_there(string location)
    {
        string digest = _scenario.Add();
        string target = location.Replace("{0}", _other.Host, StringComparison.Ordinal).Replace("{1}", $"{_other.Port}", StringComparison.Ordinal);
        _scenario.Server.Before = r => r.IsBlob ? TestResponse.Redirect(target) : null;

        _scenario.Fails("OCI8013", digest);

        Assert.Equal(0, _other.Connections);
    }

    [Fact]
    public void A_realm_on_another_server_of_this_machine_gets_nothing()
    {
        string digest = _scenario.Add();
        _scenario.WriteHome(".docker/config.json", $"{{\"auths\":{{\"{_scenario.Server.Host}\":{{\"auth\":\"dTpw\"}}}}}}");
        _scenario.Server.WantToken($"http://{_other.Host}/token", "x");

        _scenario.Fails("OCI8013", digest);

        Assert.Equal(0, _other.Connections);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/token")]
    [InlineData("not an address")]
    public void A_realm_that_is_no_address_is_refused(string realm)
    {
        string digest = _scenario.Add();
        _scenario.Server.WantToken(realm, "x");

        OciException e = Assert.Throws<OciException>(() => _scenario.Extract(digest));

        Assert.Contains(e.Code, (string[])["OCI8013", "OCI8009"]);
    }

    [Theory]
    [InlineData("http://auth.example/token", false)]
    [InlineData("http://named.example:8080/token", true)]
    [InlineData("http://plain.example/token", true)]
    [InlineData("http://reg.example:5000/token", true)]
    [InlineData("https://auth.example/token", true)]
    public void A_registry_without_TLS_leads_to_others_without_TLS_only_where_the_project_names_them(string address, bool allowed)
    {
        RegistryOptions options = new() { InsecureRegistries = ["reg.example:5000", "named.example:8080", "plain.example"] };
        Endpoint endpoint = Endpoint.Of(RegistryReference.Parse("docker://reg.example:5000/app:1"), options)[0].WithHttp();

        Assert.Equal(allowed, Record.Exception(() => Allowed.Check("realm", new Uri(address), endpoint)) is null);
    }

    [Fact]
    public void A_realm_that_wants_TLS_where_there_is_none_is_an_error()
    {
        string digest = _scenario.Add();
        _scenario.Server.WantToken($"https://{_scenario.Server.Host}/token", "x");

        _scenario.Fails("OCI8005", digest);
    }

    [Fact]
    public void Redirects_end()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = static r => TestResponse.Redirect(r.Path + "?again");

        Assert.Contains("at most 5 redirects", _scenario.Fails("OCI8013", digest).Message, StringComparison.Ordinal);
        Assert.Equal(6, _scenario.Server.Requests.Count);
    }

    [Fact]
    public void A_redirect_without_an_address_is_refused()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = static _ => new TestResponse(307);
        _scenario.Fails("OCI8013", digest);
    }

    [Fact]
    public void The_query_of_a_redirect_is_never_shown()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = static r => r.IsBlob ? TestResponse.Redirect("https://10.0.0.1/storage?X-Amz-Signature=SECRET") : null;

        OciException e = _scenario.Fails("OCI8013", digest);

        Assert.DoesNotContain("SECRET", _scenario.Everything(e), StringComparison.Ordinal);
        Assert.Contains("https://10.0.0.1", e.Message, StringComparison.Ordinal);
    }
}
