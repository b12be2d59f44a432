using System.Net;
using Oci.Images.Registry;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>The environment's proxies, by the rules that other tools for registries have.</summary>
public sealed class ProxyTests : IDisposable
{
    private readonly RegistryScenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Theory]
    [InlineData("https://reg.example/", "", true)]
    [InlineData("https://reg.example/", "reg.example", false)]
    [InlineData("https://reg.example/", "example", false)]
    [InlineData("https://reg.example/", ".example", false)]
    [InlineData("https://example/", ".example", true)]
    [InlineData("https://reg.example/", "*.example", false)]
    [InlineData("https://regexample/", "example", true)]
    [InlineData("https://REG.example/", "reg.EXAMPLE", false)]
    [InlineData("https://reg.example/", "other, reg.example ,x", false)]
    [InlineData("https://reg.example/", "reg.example:443", false)]
    [InlineData("https://reg.example/", "reg.example:5000", true)]
    [InlineData("https://reg.example:5000/", "reg.example:5000", false)]
    [InlineData("https://reg.example./", "reg.example", false)]
    [InlineData("https://10.1.2.3/", "10.0.0.0/8", false)]
    [InlineData("https://11.1.2.3/", "10.0.0.0/8", true)]
    [InlineData("https://10.1.2.3/", "10.1.2.3", false)]
    [InlineData("https://[2001:db8::1]/", "2001:db8::/32", false)]
    [InlineData("https://[2001:db8::1]/", "[2001:db8::1]", false)]
    [InlineData("https://[2001:db8::1]:5000/", "[2001:db8::1]:5000", false)]
    [InlineData("https://reg.example/", "*", false)]
    [InlineData("https://127.0.0.1:5000/", "", false)]
    [InlineData("https://localhost/", "", false)]
    [InlineData("https://[::1]/", "", false)]
    public void NO_PROXY_has_the_rules_of_Go(string address, string noProxy, bool usesProxy)
    {
        Dictionary<string, string> environment = new() { ["HTTPS_PROXY"] = "http://proxy.example:3128", ["NO_PROXY"] = noProxy };
        Proxy proxy = new(environment.GetValueOrDefault);

        Assert.Equal(usesProxy ? new Uri("http://proxy.example:3128/") : null, proxy.GetProxy(new Uri(address)));
        Assert.Equal(!usesProxy, proxy.IsBypassed(new Uri(address)));
    }

    [Theory]
    [InlineData("https_proxy", "https://reg.example/", true)]
    [InlineData("HTTPS_PROXY", "https://reg.example/", true)]
    [InlineData("all_proxy", "https://reg.example/", true)]
    [InlineData("ALL_PROXY", "http://reg.example/", true)]
    [InlineData("http_proxy", "http://reg.example/", true)]
    [InlineData("http_proxy", "https://reg.example/", false)]
    [InlineData("https_proxy", "http://reg.example/", false)]
    public void Each_scheme_has_its_variable(string variable, string address, bool usesProxy) =>
        Assert.Equal(usesProxy, new Proxy(name => name == variable ? "proxy.example:3128" : null).GetProxy(new Uri(address)) is not null);

    [Fact]
    public void The_password_of_a_proxy_is_no_part_of_its_address()
    {
        Proxy proxy = new(static name => name == "https_proxy" ? "http://user:p%40ss@proxy.example:3128" : null);

        Uri address = proxy.GetProxy(new Uri("https://reg.example/"))!;

        Assert.Equal("http://proxy.example:3128/", address.ToString());
        NetworkCredential credential = proxy.Credentials!.GetCredential(address, "Basic")!;
        Assert.Equal(("user", "p@ss"), (credential.UserName, credential.Password));
        Assert.Null(proxy.Credentials.GetCredential(new Uri("http://other.example:3128/"), "Basic"));
    }

    [Theory]
    [InlineData("::")]
    [InlineData("http://")]
    [InlineData("ftp://proxy.example")]
    public void A_text_that_names_no_proxy_is_none(string text) =>
        Assert.Null(new Proxy(name => name == "https_proxy" ? text : null).GetProxy(new Uri("https://reg.example/")));

    [Fact]
    public void A_proxy_that_refuses_is_an_error_without_its_password()
    {
        using TestServer proxy = new() { Answer = static _ => new TestResponse(407) };
        _scenario.Environment["https_proxy"] = $"http://user:TOPSECRET@{proxy.Host}";

        OciException e = Assert.Throws<OciException>(() => RegistryScenario.Extract(_scenario.Request($"docker://reg.example/app@sha256:{new string('0', 64)}")));

        Assert.Equal("OCI8005", e.Code);
        Assert.DoesNotContain("TOPSECRET", _scenario.Everything(e), StringComparison.Ordinal);
        Assert.Equal("CONNECT reg.example:443", $"{proxy.Requests[0].Method} {proxy.Requests[0].Target}");
    }
}
