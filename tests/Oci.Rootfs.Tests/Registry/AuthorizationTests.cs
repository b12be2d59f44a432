using System.Text;
using Oci.Images.Registry;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>Who we are is said to the registry that asks, and to nobody else; a secret is written nowhere.</summary>
public sealed class AuthorizationTests : IDisposable
{
    private const string User = "somebody", Password = "PASSWORD-that-is-secret", Token = "TOKEN-that-is-secret", Identity = "IDENTITY-that-is-secret";

    private readonly RegistryScenario _scenario = new();
    private readonly TestServer _realm = new();
    private OciException? _error;

    public AuthorizationTests() => _realm.Answer = static _ => TestResponse.Json(200, $$"""{"token":"{{Token}}"}""");

    public void Dispose()
    {
        string written = _scenario.Everything(_error);
        foreach (string secret in (string[])[Password, Token, Identity, Base64($"{User}:{Password}")])
            Assert.DoesNotContain(secret, written, StringComparison.Ordinal);
        _realm.Dispose();
        _scenario.Dispose();
    }

    // The realm is on another port of this machine. Where it may be is what AllowedTests are for.
    private string Realm(string path = "/token") => $"http://{_scenario.Server.Host}{path}";

    [Fact]
    public void Credentials_are_sent_only_after_the_registry_asked()
    {
        string digest = _scenario.Add();
        LogIn();
        _scenario.Server.WantBasic(User, Password);

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Null(_scenario.Server.Requests[0].Authorization);
        Assert.All(_scenario.Server.Requests.Skip(1), static r => Assert.NotNull(r.Authorization));
        Assert.Equal(5, _scenario.Server.Requests.Count);
    }

    [Fact]
    public void Credentials_are_not_looked_for_where_nobody_asks()
    {
        string digest = _scenario.Add();
        string marker = Helper("mark", "touch \"$0.ran\"; echo '{}'");
        _scenario.WriteHome(".docker/config.json", """{"credsStore":"mark"}""");

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.False(File.Exists(marker + ".ran"));
    }

    [Fact]
    public void A_token_is_asked_for_once_for_all_requests()
    {
        string digest = _scenario.Add();
        TakeTokens();

        Assert.True(_scenario.Extract(digest).Extracted);

        TestRequest asked = Assert.Single(_scenario.Server.Requests, static r => r.Path == "/token");
        Assert.Equal("service=test&scope=repository%3Aapp%3Apull", asked.Query);
        Assert.Null(asked.Authorization);
        // 1 × 401, 1 × token, manifest, config and two layers.
        Assert.Equal(6, _scenario.Server.Requests.Count);
    }

    [Fact]
    public void The_token_server_gets_the_credentials()
    {
        string digest = _scenario.Add();
        LogIn();
        TakeTokens();

        Assert.True(_scenario.Extract(digest).Extracted);

        TestRequest asked = Assert.Single(_scenario.Server.Requests, static r => r.Path == "/token");
        Assert.Equal("Basic " + Base64($"{User}:{Password}"), asked.Authorization);
        Assert.Contains($"account={User}", asked.Query, StringComparison.Ordinal);
        Assert.All(_scenario.Server.Requests.Where(static r => r.Path != "/token").Skip(1), static r => Assert.Equal($"Bearer {Token}", r.Authorization));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    public void An_identity_token_is_exchanged_for_a_token(int status)
    {
        string digest = _scenario.Add();
        _scenario.WriteHome(".docker/config.json", $$$"""{"auths":{"{{{_scenario.Server.Host}}}":{"auth":"{{{Base64($"{User}:{Password}")}}}","identitytoken":"{{{Identity}}}"} } }""");
        TakeTokens(r => r.Method == "POST" ? status == 200 ? TestResponse.Json(200, $$"""{"access_token":"{{Token}}"}""") : new TestResponse(404) : null);

        Assert.True(_scenario.Extract(digest).Extracted);

        TestRequest posted = Assert.Single(_scenario.Server.Requests, static r => r.Method == "POST");
        Assert.Equal($"grant_type=refresh_token&service=test&client_id=oci-build-tasks&scope=repository%3Aapp%3Apull&refresh_token={Identity}", posted.Body);
        Assert.Equal(status == 200 ? 0 : 1, _scenario.Server.Requests.Count(static r => r.Path == "/token" && r.Method == "GET"));
    }

    [Fact]
    public void A_token_that_expires_is_renewed()
    {
        string digest = _scenario.Add();
        int answers = 0;
        TakeTokens();
        Func<TestRequest, TestResponse?> usual = _scenario.Server.Before;
        _scenario.Server.Before = r => r.IsBlob && Interlocked.Increment(ref answers) == 2 ? usual(r with { Headers = new Dictionary<string, string>() }) : usual(r);

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal(2, _scenario.Server.Requests.Count(static r => r.Path == "/token"));
    }

    [Fact]
    public void A_registry_that_is_never_content_is_asked_twice()
    {
        string digest = _scenario.Add();
        LogIn();
        _scenario.Server.Before = static _ => TestRegistry.Error(401, "UNAUTHORIZED", "no").With("WWW-Authenticate", "Basic realm=\"x\"");

        _error = _scenario.Fails("OCI8010", digest);

        Assert.Equal(2, _scenario.Server.Requests.Count);
        Assert.Contains(".docker/config.json", _error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_credentials_the_error_lists_every_place_that_was_looked_at()
    {
        string digest = _scenario.Add();
        _scenario.WriteHome(".docker/config.json", "{}");
        _scenario.Environment["XDG_RUNTIME_DIR"] = _scenario["run"];
        _scenario.Server.WantBasic(User, Password);

        _error = _scenario.Fails("OCI8009", digest);

        foreach (string place in (string[])["run/containers/auth.json", "home/.config/containers/auth.json", "home/.docker/config.json"])
            Assert.Contains(place, _error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_anonymous_token_without_rights_is_no_credentials()
    {
        // Token servers grant such a token for a repository that one may not see.
        string digest = _scenario.Add();
        _scenario.Server.Before = r => r.Path == "/token" ? _realm.Answer(r) : TestRegistry.Error(401, "DENIED", "no").With("WWW-Authenticate", $"Bearer realm=\"{Realm()}\",service=\"test\"");

        _error = _scenario.Fails("OCI8009", digest);

        Assert.Contains("DENIED: no", _error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"tok":"x"}""")]
    [InlineData("""{"token":"a\r\nX-Evil: 1"}""")]
    [InlineData("""{"token":5}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public void An_answer_without_a_token_is_an_error(string answer)
    {
        string digest = _scenario.Add();
        TakeTokens(_ => TestResponse.Json(200, answer));

        _error = _scenario.Fails("OCI8014", digest);
    }

    [Fact]
    public void Schemes_that_nobody_can_meet_are_named()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = static _ => new TestResponse(401).With("WWW-Authenticate", "Negotiate").With("WWW-Authenticate", "NTLM");

        _error = _scenario.Fails("OCI8009", digest);

        Assert.Contains("Negotiate, NTLM", _error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic realm=\"a, b=\\\"c\\\"\", Bearer realm=\"{0}\",service=\"test\"")]
    [InlineData("Negotiate, NTLM, bearer Realm=\"{0}\" , Service=test")]
    [InlineData("BEARER realm=\"{0}\",error=\"invalid_token\",service=\"test\"")]
    public void Bearer_comes_before_all_others_wherever_it_stands(string challenge)
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = r => r.Path == "/token" ? _realm.Answer(r) : r.Authorization == $"Bearer {Token}" ? null
            : new TestResponse(401).With("WWW-Authenticate", challenge.Replace("{0}", Realm(), StringComparison.Ordinal));

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal("service=test&scope=repository%3Aapp%3Apull", Assert.Single(_scenario.Server.Requests, static r => r.Path == "/token").Query);
    }

    [Fact]
    public void To_another_server_no_credentials_go()
    {
        // As storages have it: they refuse a request with a signature in its address and credentials as well.
        string digest = _scenario.Add();
        LogIn();
        _scenario.Server.WantBasic(User, Password);
        Func<TestRequest, TestResponse?> wants = _scenario.Server.Before;
        _scenario.Server.Before = r => wants(r) ?? (r.IsBlob && !r.Query.Contains("there", StringComparison.Ordinal) ? TestResponse.Redirect($"{r.Path}?there=1&signature={Token}") : null);

        Assert.True(_scenario.Extract(digest).Extracted);

        // The same origin: .NET would have left them out here.
        Assert.All(_scenario.Server.Requests.Where(static r => r.Query.Contains("there", StringComparison.Ordinal)), static r => Assert.NotNull(r.Authorization));
    }

    [Fact]
    public void A_helper_is_asked_once_and_its_answer_used()
    {
        string digest = _scenario.Add();
        string helper = Helper("test", $$"""echo "$@ $(cat)" >> "$0.asked"; echo '{"ServerURL":"x","Username":"{{User}}","Secret":"{{Password}}"}'""");
        _scenario.WriteHome(".docker/config.json", $$"""{"credHelpers":{"{{_scenario.Server.Host}}":"test"} }""");
        _scenario.Server.WantBasic(User, Password);

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal([$"get {_scenario.Server.Host}"], File.ReadAllLines(helper + ".asked"));
    }

    [Theory]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("echo garbage", "what a helper prints")]
    [InlineData("kill -9 $$", "exit code")]
    [InlineData("exec sleep 100", "did not answer")]
    [InlineData("head -c 200000 /dev/zero", "what a helper prints")]
    [InlineData(null, "no such program")]
    public void A_helper_that_fails_is_a_warning_and_the_build_goes_on_without(string? script, string problem)
    {
        string digest = _scenario.Add();
        if (script is not null)
            Helper("test", script);
        _scenario.WriteHome(".docker/config.json", """{"credsStore":"test"}""");
        TakeTokens();

        Assert.True(_scenario.Extract(digest, o => o with { Times = o.Times with { Helper = TimeSpan.FromSeconds(2) } }).Extracted);

        RootfsMessage warning = Assert.Single(_scenario.Messages, static m => m.Code == "OCI8101");
        Assert.Contains(problem, warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_helper_whose_child_keeps_its_output_is_given_up()
    {
        string digest = _scenario.Add();
        Helper("test", "sleep 60 & echo '{}'");
        _scenario.WriteHome(".docker/config.json", """{"credsStore":"test"}""");
        _scenario.Environment["PATH"] += ":/usr/bin:/bin";
        TakeTokens();
        long started = System.Diagnostics.Stopwatch.GetTimestamp();

        Assert.True(_scenario.Extract(digest, o => o with { Times = o.Times with { Helper = TimeSpan.FromSeconds(1) } }).Extracted);

        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 40);
    }

    [Fact]
    public void A_token_whose_connection_breaks_is_asked_for_again()
    {
        string digest = _scenario.Add();
        int asked = 0;
        TakeTokens(r => Interlocked.Increment(ref asked) == 1 ? _realm.Answer(r) with { CutAfter = 3 } : null);

        Assert.True(_scenario.Extract(digest).Extracted);
    }

    [Fact]
    public void A_token_whose_connection_always_breaks_is_an_error()
    {
        string digest = _scenario.Add();
        TakeTokens(r => _realm.Answer(r) with { CutAfter = 3 });

        _error = _scenario.Fails("OCI8005", digest);
    }

    [Fact]
    public void A_helper_that_knows_nothing_is_no_warning()
    {
        string digest = _scenario.Add();
        Helper("test", "echo credentials not found in native keychain; exit 1");
        _scenario.WriteHome(".docker/config.json", """{"credsStore":"test"}""");
        TakeTokens();

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.DoesNotContain(_scenario.Messages, static m => m.Kind == RootfsMessageKind.Warning);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("$(x)")]
    public void A_name_that_is_none_of_a_helper_is_not_run(string name)
    {
        string digest = _scenario.Add();
        _scenario.WriteHome(".docker/config.json", $$$"""{"credHelpers":{"{{{_scenario.Server.Host}}}":"{{{name}}}"}}""");
        TakeTokens();

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Contains(_scenario.Messages, static m => m.Code == "OCI8101");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_variables_of_the_SDK_count_only_where_all_images_are_in_one_registry(bool isOnly)
    {
        string digest = _scenario.Add();
        _scenario.Environment["DOTNET_CONTAINER_PULL_REGISTRY_UNAME"] = User;
        _scenario.Environment["DOTNET_CONTAINER_PULL_REGISTRY_PWORD"] = Password;
        _scenario.Server.WantBasic(User, Password);

        if (isOnly)
            Assert.True(_scenario.Extract(digest, static o => o with { IsOnlyRegistry = true }).Extracted);
        else
            _error = _scenario.Fails("OCI8009", digest);
    }

    [Fact]
    public void A_damaged_file_of_credentials_is_a_warning()
    {
        string digest = _scenario.Add();
        _scenario.WriteHome(".docker/config.json", $"{{ \"auths\": {Password}");
        TakeTokens();

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Contains("it is not JSON", Assert.Single(_scenario.Messages, static m => m.Code == "OCI8101").Text, StringComparison.Ordinal);
    }

    /// <summary>Host and repository, the files by the order in which they are read, and the user that is found.</summary>
    public static TheoryData<string, string, string?> Files => new()
    {
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"https://reg.example":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"https://reg.example/v2/":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"http://reg.example/v1/":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"REG.example":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"other.example":{"auth":"A"}}}""", null },
        { "reg.example", """{"auths":{"example":{"auth":"A"}}}""", null },
        { "reg.example:5000", """{"auths":{"reg.example":{"auth":"A"}}}""", null },
        { "reg.example", """{"auths":{"reg.example:5000":{"auth":"A"}}}""", null },
        { "reg.example:5000", """{"auths":{"reg.example:5000":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"},"reg.example/team":{"auth":"B"}}}""", "B" },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"},"reg.example/team/app":{"auth":"B"}}}""", "B" },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"},"reg.example/tea":{"auth":"B"}}}""", "A" },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"},"reg.example/team/app/x":{"auth":"B"}}}""", "A" },
        { "reg.example", """{"auths":{"reg.example/other":{"auth":"B"}}}""", null },
        { "docker.io", """{"auths":{"https://index.docker.io/v1/":{"auth":"A"}}}""", "A" },
        { "docker.io", """{"auths":{"index.docker.io":{"auth":"A"}}}""", "A" },
        { "docker.io", """{"auths":{"docker.io":{"auth":"A"}}}""", "A" },
        { "docker.io", """{"auths":{"registry-1.docker.io":{"auth":"A"}}}""", "A" },
        { "docker.io", """{"auths":{"registry.hub.docker.com":{"auth":"A"}}}""", "A" },
        { "docker.io", """{"auths":{"docker.io/team":{"auth":"A"}}}""", "A" },
        { "docker.io", """{"auths":{"evil.docker.io":{"auth":"A"}}}""", null },
        { "reg.example", """{"auths":{"reg.example":{"username":"C","password":"p"}}}""", "C" },
        { "reg.example", """{"auths":{"reg.example":{}}}""", null },
        { "reg.example", """{"auths":{"reg.example":{"auth":""}}}""", null },
        { "reg.example", """{"auths":{"reg.example":null}}""", null },
        { "reg.example", """{"auths":{"reg.example":"A"}}""", null },
        { "reg.example", """{"auths":[]}""", null },
        { "reg.example", """{"auths":{"reg.example":{"auth":"!!!"}}}""", null },
        { "reg.example", """{"auths":{"reg.example":{"auth":5}}}""", null },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"}},"credHelpers":{"other.example":"none"}}""", "A" },
        { "reg.example", """{}|{"auths":{"reg.example":{"auth":"A"}}}""", "A" },
        { "reg.example", """{"auths":{"other.example":{"auth":"A"}}}|{"auths":{"reg.example":{"auth":"B"}}}""", "B" },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"}}}|{"auths":{"reg.example":{"auth":"B"}}}""", "A" },
        { "reg.example", """{"auths":{"reg.example":{"auth":"A"}}}|{"auths":{"reg.example/team/app":{"auth":"B"}}}""", "A" },
        { "reg.example", """// podman knows no comments, docker neither; some people write them|{"auths":{"reg.example":{"auth":"B"}}}""", "B" },
        { "reg.example", """|{"auths":{"reg.example":{"auth":"B"}}}""", "B" },
        { "reg.example", """[]|{"auths":{"reg.example":{"auth":"B"}}}""", "B" },
        { "localhost:5000", """{"auths":{"localhost:5000":{"auth":"A"}}}""", "A" },
        { "[::1]:5000", """{"auths":{"[::1]:5000":{"auth":"A"}}}""", "A" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void The_first_file_with_an_answer_counts(string host, string files, string? user)
    {
        string[] contents = files.Replace("\"A\"", $"\"{Base64("A:p")}\"", StringComparison.Ordinal).Replace("\"B\"", $"\"{Base64("B:p")}\"", StringComparison.Ordinal).Split('|');
        _scenario.WriteHome(".config/containers/auth.json", contents[0]);
        if (contents.Length > 1)
            _scenario.WriteHome(".docker/config.json", contents[1]);
        Credentials credentials = new(_scenario.Request(_scenario.Reference()).Registries, new EngineContext());

        Assert.Equal(user, credentials.Find(host, "team/app")?.User);
    }

    [Fact]
    public void Places_are_looked_at_in_their_order()
    {
        string File(string name, string user) => _scenario.WriteHome(name, $$$"""{"auths":{"reg.example":{"auth":"{{{Base64(user + ":p")}}}"} } }""");
        string given = File("given.json", "given");
        _scenario.Environment["DOCKER_AUTH_CONFIG"] = $$$"""{"auths":{"reg.example":{"auth":"{{{Base64("variable:p")}}}"} } }""";
        _scenario.Environment["REGISTRY_AUTH_FILE"] = File("registry.json", "registry");
        _scenario.Environment["XDG_RUNTIME_DIR"] = Path.GetDirectoryName(Path.GetDirectoryName(File("run/containers/auth.json", "run")))!;
        File(".config/containers/auth.json", "podman");
        File(".docker/config.json", "docker");

        List<string?> found = [];
        RegistryOptions options = _scenario.Request(_scenario.Reference()).Registries with { AuthFile = given };
        foreach (Action next in (Action[])[() => options = options with { AuthFile = null }, () => Unset("DOCKER_AUTH_CONFIG"), () => Unset("REGISTRY_AUTH_FILE"), () => Unset("XDG_RUNTIME_DIR"), () => System.IO.File.Delete(_scenario["home/.config/containers/auth.json"]), static () => { }])
        {
            found.Add(new Credentials(options, new EngineContext()).Find("reg.example", "app")?.User);
            next();
        }

        Assert.Equal(["given", "variable", "registry", "run", "podman", "docker"], found);
    }

    private void Unset(string name) => _scenario.Environment.Remove(name);

    private void LogIn() => _scenario.WriteHome(".docker/config.json", $$$"""{"auths":{"{{{_scenario.Server.Host}}}":{"auth":"{{{Base64($"{User}:{Password}")}}}"} } }""");

    /// <summary>Lets the registry be its own token server.</summary>
    private void TakeTokens(Func<TestRequest, TestResponse?>? answer = null)
    {
        _scenario.Server.WantToken(Realm(), Token);
        Func<TestRequest, TestResponse?> wants = _scenario.Server.Before;
        _scenario.Server.Before = r => r.Path == "/token" ? answer?.Invoke(r) ?? _realm.Answer(r) : wants(r);
    }

    /// <summary>Makes a helper that PATH finds.</summary>
    private string Helper(string name, string script)
    {
        string path = _scenario.WriteHome($"bin/docker-credential-{name}", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        _scenario.Environment["PATH"] = Path.GetDirectoryName(path)!;
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
