using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Spec;

public sealed class JsonInputTests
{
    private static readonly string Some = "sha256:" + new string('a', 64);

    private static IndexDocument Index(string json, RootfsLimits? limits = null) =>
        IndexDocument.Parse(Encoding.UTF8.GetBytes(json), "index.json", null, new EngineContext(limits ?? new RootfsLimits(), RootfsLog.None));

    private static ConfigDocument Config(string json) => ConfigDocument.Parse(Encoding.UTF8.GetBytes(json), "the config", new());

    private static string WithConfig(string config) => """{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},"config":""" + config + "}";

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]}}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]} {}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]}\0")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[],}")]
    [InlineData("{\"schemaVersion\":2,/* no */\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]} // no")]
    [InlineData("{'schemaVersion':2,'manifests':[]}")]
    [InlineData("{\"schemaVersion\":02,\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"x\":\"\\q\",\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"x\":\"a\nb\",\"manifests\":[]}")]
    public void Bad_syntax_comments_and_trailing_data_are_errors_rule_96(string json) => Error("OCI2010", () => Index(json));

    [Fact]
    public void Bytes_that_are_not_utf8_are_an_error_even_where_nobody_looks_rule_96()
    {
        byte[] json = [.. "{\"schemaVersion\":2,\"manifests\":[],\"x\":\""u8, 0xc3, 0x28, .. "\"}"u8];
        Error("OCI2010", () => IndexDocument.Parse(json, "index.json", null, new()));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public void Nesting_100_000_deep_is_an_error_and_no_stack_overflow(string open)
    {
        StringBuilder json = new("{\"schemaVersion\":2,\"manifests\":[],\"x\":");
        for (int i = 0; i < 100_000; i++)
            json.Append(open);
        OciException e = Error("OCI4225", () => Index(json.ToString()));
        Assert.Equal("index.json", e.Entry);
    }

    [Fact]
    public void Nesting_up_to_the_limit_is_fine()
    {
        string json = "{\"schemaVersion\":2,\"manifests\":[],\"x\":" + new string('[', 63) + new string(']', 63) + "}";
        Assert.Empty(Index(json).Manifests);
        Error("OCI4225", () => Index(json, new RootfsLimits { MaxJsonDepth = 63 }));
        Index(json, new RootfsLimits { MaxJsonDepth = int.MaxValue });
    }

    [Fact]
    public void A_document_longer_than_the_limit_is_an_error()
    {
        string json = """{"schemaVersion":2,"manifests":[]}""";
        Assert.Empty(Index(json, new RootfsLimits { MaxJsonBytes = json.Length }).Manifests);
        Error("OCI4224", () => Index(json, new RootfsLimits { MaxJsonBytes = json.Length - 1 }));
    }

    [Theory]
    [InlineData("\"manifests\":{}", "manifests")]
    [InlineData("\"manifests\":\"x\"", "manifests")]
    [InlineData("\"manifests\":[1]", "manifests[0]")]
    [InlineData("\"manifests\":[],\"schemaVersion\":\"2\"", "schemaVersion")]
    [InlineData("\"manifests\":[],\"schemaVersion\":2.5", "schemaVersion")]
    [InlineData("\"manifests\":[],\"schemaVersion\":1e300", "schemaVersion")]
    [InlineData("\"manifests\":[{\"size\":true}]", "manifests[0].size")]
    [InlineData("\"manifests\":[{\"size\":9223372036854775808}]", "manifests[0].size")]
    [InlineData("\"manifests\":[{\"digest\":[\"sha256:\"]}]", "manifests[0].digest")]
    [InlineData("\"manifests\":[{\"annotations\":{\"a\":{}}}]", "manifests[0].annotations.a")]
    [InlineData("\"manifests\":[{\"platform\":[]}]", "manifests[0].platform")]
    [InlineData("\"manifests\":[{\"platform\":{\"os\":1}}]", "manifests[0].platform.os")]
    [InlineData("\"mediaType\":7", "mediaType")]
    public void A_member_of_the_wrong_type_is_named_rule_96(string members, string member)
    {
        OciException e = Error("OCI2011", () => Index("{" + members + "}"));
        Assert.Equal("index.json, " + member, e.Entry);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("17")]
    public void A_document_that_is_no_object_is_an_error(string json) => Error("OCI2011", () => Index(json));

    [Theory]
    [InlineData("null", "manifests")]
    [InlineData("{\"schemaVersion\":2}", "manifests")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{}]}", "manifests[0].mediaType")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\",\"size\":1}]}", "manifests[0].digest")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"x\",\"digest\":null,\"size\":1}]}", "manifests[0].digest")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[null]}", "manifests[0].digest")]
    public void A_missing_member_is_named(string json, string member)
    {
        OciException e = Error("OCI2012", () => Index(json));
        Assert.Equal("index.json, " + member, e.Entry);
    }

    [Theory]
    [InlineData("sha256:../../x")]
    [InlineData("sha256:")]
    [InlineData("")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha384:aaaa")]
    [InlineData("../sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("sha256:AAAAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/")]
    [InlineData("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\u0000")]
    public void A_digest_outside_its_grammar_is_refused_before_it_is_used_rule_91(string digest)
    {
        OciException e = Error("OCI2013", () => Index($$"""{"schemaVersion":2,"manifests":[{"mediaType":"x","size":1,"digest":"{{digest}}"}]}"""));
        Assert.Equal("index.json, manifests[0].digest", e.Entry);
    }

    [Fact]
    public void A_negative_size_is_an_error() =>
        Error("OCI2014", () => Index($$"""{"schemaVersion":2,"manifests":[{"mediaType":"x","size":-1,"digest":"{{Some}}"}]}"""));

    [Theory]
    [InlineData("{\"schemaVersion\":1,\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":3,\"manifests\":[]}")]
    [InlineData("{\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":null,\"manifests\":[]}")]
    public void A_schema_version_other_than_2_is_an_error_rule_90(string json) => Error("OCI2015", () => Index(json));

    [Fact]
    public void Of_members_of_one_name_the_last_wins()
    {
        IndexDocument index = Index($$"""{"schemaVersion":1,"schemaVersion":2,"manifests":[{"mediaType":"x","mediaType":"y","size":1,"digest":"{{Some}}"}]}""");
        Assert.Equal("y", Assert.Single(index.Manifests).MediaType);
    }

    [Fact]
    public void Names_may_be_written_with_escapes_and_unknown_members_hold_anything()
    {
        string json = """{"schema\u0056ersion":2,"unknown":[{"a":[1,2,{}]},null,true],"manifests":[{"mediaType":"x","data":7,"urls":{},"size":1,"digest":"DIGEST"}]}""".Replace("DIGEST", Some, StringComparison.Ordinal);
        Assert.Equal(Some, Assert.Single(Index(json).Manifests).Digest.ToString());
    }

    [Fact]
    public void A_platform_that_is_empty_counts_as_absent_rule_94()
    {
        string json = $$$"""
            {"schemaVersion":2,"manifests":[
              {"mediaType":"x","size":1,"digest":"{{{Some}}}","platform":{}},
              {"mediaType":"x","size":1,"digest":"{{{Some}}}","platform":{"os":"","architecture":"","variant":""} },
              {"mediaType":"x","size":1,"digest":"{{{Some}}}","platform":null},
              {"mediaType":"x","size":1,"digest":"{{{Some}}}","platform":{"os":"linux","architecture":"arm","variant":""} }]}
            """;
        Assert.Equal([null, null, null, new OciPlatform("linux", "arm")], Index(json).Manifests.Select(static d => d.Platform));
    }

    [Fact]
    public void A_lone_surrogate_is_tolerated_and_becomes_the_replacement_character()
    {
        ConfigDocument config = Config(WithConfig("""{"Env":["A=\ud800x","\ud83d\ude00=\uDC00"],"Labels":{"\udfff":"\ud800\ud800"}}"""));
        Assert.Equal(["A=\ufffdx", "😀=\ufffd"], config.RunConfig.Env);
        Assert.Equal([new("\ufffd", "\ufffd\ufffd")], config.RunConfig.Labels);
    }

    [Fact]
    public void Every_escape_of_json_is_read() =>
        Assert.Equal("\"\\/\b\f\n\r\t\u00e9\0", Config(WithConfig("""{"User":"\"\\\/\b\f\n\r\t\u00E9\u0000"}""")).RunConfig.User);

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"Entrypoint\":null,\"Cmd\":null,\"Env\":null,\"WorkingDir\":null,\"User\":null,\"StopSignal\":null,\"ExposedPorts\":null,\"Volumes\":null,\"Labels\":null}")]
    public void Null_is_absent_rule_96(string config)
    {
        RootfsImageConfig run = Config(WithConfig(config)).RunConfig;
        Assert.Null(run.Entrypoint);
        Assert.Null(run.Cmd);
        Assert.Empty(run.Env);
        Assert.Null(run.WorkingDir);
        Assert.Null(run.User);
        Assert.Null(run.StopSignal);
        Assert.Empty(run.ExposedPorts);
        Assert.Empty(run.Volumes);
        Assert.Empty(run.Labels);
    }

    [Fact]
    public void Odd_values_of_the_config_are_carried_verbatim_rule_96()
    {
        string big = new('x', 40_000);
        RootfsImageConfig run = Config(WithConfig($$$"""
            {"Entrypoint":[],"Cmd":["$(x)","a;b",""],"Env":["NOEQUALS","A=1","A=2","=","{{{big}}}"],"WorkingDir":"../..","User":"no such:user:x",
             "ExposedPorts":{"99999/x":{},"$(a)":null,"8080":7},"Volumes":{"b":{},"a":{}},"Labels":{"z":"%24","a":null},"StopSignal":"SIGNONE","Healthcheck":7}
            """)).RunConfig;
        Assert.Equal([], run.Entrypoint);
        Assert.Equal(["$(x)", "a;b", ""], run.Cmd);
        Assert.Equal(["NOEQUALS", "A=1", "A=2", "=", big], run.Env);
        Assert.Equal("../..", run.WorkingDir);
        Assert.Equal("no such:user:x", run.User);
        Assert.Equal(["$(a)", "8080", "99999/x"], run.ExposedPorts);
        Assert.Equal(["a", "b"], run.Volumes);
        Assert.Equal([new("a", ""), new("z", "%24")], run.Labels);
        Assert.Equal("SIGNONE", run.StopSignal);
    }

    [Theory]
    [InlineData("[]", "config")]
    [InlineData("{\"Env\":\"A=1\"}", "config.Env")]
    [InlineData("{\"Env\":[\"A=1\",2]}", "config.Env[1]")]
    [InlineData("{\"Cmd\":{}}", "config.Cmd")]
    [InlineData("{\"User\":0}", "config.User")]
    [InlineData("{\"ExposedPorts\":[\"80\"]}", "config.ExposedPorts")]
    [InlineData("{\"Labels\":{\"a\":1}}", "config.Labels.a")]
    public void A_wrong_type_in_the_config_object_is_named_rule_96(string config, string member) =>
        Assert.Equal("the config, " + member, Error("OCI2011", () => Config(WithConfig(config))).Entry);

    [Theory]
    [InlineData("\"history\":\"nonsense\"")]
    [InlineData("\"history\":[{\"empty_layer\":7}]")]
    [InlineData("\"history\":null")]
    public void A_wrong_history_does_not_matter_rule_96(string history) =>
        Assert.Empty(Config("""{"rootfs":{"type":"layers","diff_ids":null},""" + history + "}").DiffIds);

    [Theory]
    [InlineData("{\"rootfs\":{\"type\":\"files\",\"diff_ids\":[]}}")]
    [InlineData("{\"rootfs\":{\"diff_ids\":[]}}")]
    public void A_rootfs_type_other_than_layers_is_an_error_rule_90(string json) => Error("OCI2020", () => Config(json));

    [Fact]
    public void A_config_without_rootfs_is_an_error() => Error("OCI2012", () => Config("{}"));

    [Fact]
    public void A_diff_id_outside_the_grammar_is_refused_rule_91() =>
        Assert.Equal("the config, rootfs.diff_ids[0]", Error("OCI2013", () => Config("""{"rootfs":{"type":"layers","diff_ids":["sha256:../x"]}}""")).Entry);
}
