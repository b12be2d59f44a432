using Oci.Images.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>A mirror is asked before the registry. It gives only what a digest allows, and gets no credentials but its own.</summary>
public sealed class MirrorTests : IDisposable
{
    private readonly RegistryScenario _scenario = new();
    private readonly TestRegistry _mirror = new();

    public void Dispose()
    {
        _mirror.Dispose();
        _scenario.Dispose();
    }

    [Fact]
    public void A_mirror_is_asked_first_with_the_registry_that_it_stands_for()
    {
        string digest = _scenario.Add();
        _mirror.Add("hub/app", "1", RegistryScenario.App.ToLayout());

        Assert.True(_scenario.Extract(digest, Mirrored("/hub")).Extracted);

        Assert.Empty(_scenario.Server.Requests);
        Assert.All(_mirror.Requests, r => Assert.Equal("ns=" + Uri.EscapeDataString(_scenario.Server.Host), r.Query));
    }

    [Fact]
    public void What_the_mirror_lacks_comes_from_the_registry()
    {
        string digest = _scenario.Add();

        Assert.True(_scenario.Extract(digest, Mirrored()).Extracted);

        Assert.NotEmpty(_mirror.Requests);
        Assert.Contains(_scenario.Messages, static m => m.Text.Contains("does not help (OCI8008", StringComparison.Ordinal));
    }

    [Fact]
    public void A_mirror_that_is_not_there_does_no_harm()
    {
        string digest = _scenario.Add();
        _mirror.Dispose();
        Assert.True(_scenario.Extract(digest, Mirrored()).Extracted);
    }

    [Fact]
    public void A_mirrors_wrong_manifest_is_not_believed()
    {
        string digest = _scenario.Add();
        _mirror.Add("app", "1", RegistryScenario.App.ToLayout());
        _mirror.Before = r => r.IsManifest ? _mirror.Serve(r) is var answer ? answer with { Body = [.. answer.Body, (byte)' '] } : null : null;

        Assert.Equal(digest, _scenario.Extract(digest, Mirrored()).ManifestDigest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_mirror_says_what_a_tag_means_only_where_the_project_lets_it(bool tags)
    {
        string own = _scenario.Add();
        string other = _mirror.Add("app", "1", Images.Image.Of(Images.Tars.Of(Images.Tars.File("other"))).For("linux/amd64").ToLayout());

        Assert.Equal(tags ? other : own, _scenario.Extract(change: Mirrored(tags: tags)).ManifestDigest);
    }

    [Fact]
    public void The_registrys_credentials_do_not_go_to_a_mirror()
    {
        string digest = _scenario.Add();
        _mirror.Add("app", "1", RegistryScenario.App.ToLayout());
        _scenario.WriteHome(".docker/config.json", $"{{\"auths\":{{\"{_scenario.Server.Host}\":{{\"auth\":\"dTpw\"}}}}}}");
        _mirror.WantBasic("u", "p");
        _scenario.Server.WantBasic("u", "p");

        Assert.True(_scenario.Extract(digest, Mirrored()).Extracted);

        Assert.All(_mirror.Requests, static r => Assert.Null(r.Authorization));
        Assert.Contains(_scenario.Server.Requests, static r => r.Authorization is not null);
    }

    [Fact]
    public void The_variables_of_the_SDK_do_not_go_to_a_mirror()
    {
        string digest = _scenario.Add();
        _mirror.Add("app", "1", RegistryScenario.App.ToLayout());
        _scenario.Environment["DOTNET_CONTAINER_PULL_REGISTRY_UNAME"] = "u";
        _scenario.Environment["DOTNET_CONTAINER_PULL_REGISTRY_PWORD"] = "p";
        _mirror.WantBasic("u", "p");
        _scenario.Server.WantBasic("u", "p");

        Assert.True(_scenario.Extract(digest, o => Mirrored()(o) with { IsOnlyRegistry = true }).Extracted);

        Assert.All(_mirror.Requests, static r => Assert.Null(r.Authorization));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("stall")]
    [InlineData("wrong")]
    [InlineData("longer")]
    public void A_mirror_that_gives_no_good_layer_is_passed_over(string fault)
    {
        Images.Image large = Images.Image.Of(Images.ImageLayer.Plain(Images.Tars.Of(Images.Tars.File("large", new string('x', 2 << 20))))).For("linux/amd64");
        string digest = _scenario.Add(large);
        _mirror.Add("app", "1", large.ToLayout());
        _mirror.Before = r =>
        {
            if (!r.IsBlob || _mirror.Serve(r) is not { Body.Length: > 1000 } answer)
                return null;
            byte[] wrong = [.. answer.Body];
            wrong[^1000] ^= 1;
            return fault switch
            {
                "cut" => answer with { CutAfter = Math.Min(10, answer.Body.Length) },
                "stall" => answer with { StallAfter = 0 },
                "wrong" => answer with { Body = wrong },
                _ => answer with { Body = [.. answer.Body, 0], Length = BodyLength.Chunked },
            };
        };

        Assert.True(_scenario.Extract(digest, o => Mirrored()(o) with { Times = o.Times with { Stall = TimeSpan.FromMilliseconds(300) } }).Extracted);

        Assert.Equal(2 << 20, new FileInfo(_scenario["project/bin/rootfs/app/large"]).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://mirror.example")]
    [InlineData("mirror")]
    [InlineData("mirror.example/a?b")]
    [InlineData("mirror.example/../x")]
    public void A_mirror_without_a_place_is_an_error(string location)
    {
        string digest = _scenario.Add();
        _scenario.Fails("OCI8001", digest, o => o with { Mirrors = [new RegistryMirror(_scenario.Server.Host, location)] });
    }

    [Fact]
    public void Another_registrys_mirror_is_not_asked()
    {
        string digest = _scenario.Add();
        Assert.True(_scenario.Extract(digest, o => o with { Mirrors = [new RegistryMirror("docker.io", _mirror.Host)] }).Extracted);
        Assert.Equal(0, _mirror.Connections);
    }

    private Func<RegistryOptions, RegistryOptions> Mirrored(string prefix = "", bool tags = false) =>
        o => o with { Mirrors = [new RegistryMirror(_scenario.Server.Host, _mirror.Host + prefix, tags)] };
}
