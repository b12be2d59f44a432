using System.Text.Json;
using System.Text.Json.Nodes;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>The runtime configuration, member by member, against image-spec conversion.md.</summary>
public sealed class RuntimeConfigTests
{
    private readonly List<RootfsMessage> _log = [];

    [Fact]
    public void The_keys_have_a_fixed_order_and_the_file_ends_with_a_line_end()
    {
        byte[] file = Write(new RootfsImageConfig { Cmd = ["/x"] });
        JsonObject root = JsonNode.Parse(file)!.AsObject();

        Assert.Equal(["ociVersion", "process", "root", "mounts", "annotations", "linux"], Keys(root));
        Assert.Equal(["terminal", "user", "args", "env", "cwd", "capabilities", "noNewPrivileges"], Keys(root["process"]!));
        Assert.Equal(["resources", "namespaces", "maskedPaths", "readonlyPaths"], Keys(root["linux"]!));
        Assert.Equal("}\n"u8, file.AsSpan()[^2..]);
        Assert.DoesNotContain((byte)'\r', file);
    }

    [Fact]
    public void An_image_that_says_nothing_runs_a_shell_as_root_with_a_path()
    {
        JsonNode process = Process(new RootfsImageConfig());

        Assert.Equal("""["/bin/sh"]""", process["args"]!.ToJsonString());
        Assert.Equal("""["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]""", process["env"]!.ToJsonString());
        Assert.Equal("/", process["cwd"]!.GetValue<string>());
        Assert.Equal("""{"uid":0,"gid":0}""", process["user"]!.ToJsonString());
        Assert.False(process["terminal"]!.GetValue<bool>());
        Assert.False(process["noNewPrivileges"]!.GetValue<bool>());
        Assert.Contains("/bin/sh", Assert.Single(_log).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["/e"]""", """["c"]""", """["/e","c"]""")]
    [InlineData(null, """["c"]""", """["c"]""")]
    [InlineData("""["/e"]""", "[]", """["/e"]""")]
    [InlineData("""["/e",""," a \"b\" 'c' \n"]""", null, """["/e",""," a \"b\" 'c' \n"]""")]
    public void The_arguments_are_the_entrypoints_and_then_the_commands(string? entrypoint, string? cmd, string expected)
    {
        JsonNode process = Process(new RootfsImageConfig { Entrypoint = Strings(entrypoint), Cmd = Strings(cmd) });

        Assert.Equal(Strings(expected)!, process["args"].Deserialize<string[]>()!);
        Assert.Empty(_log);
    }

    [Fact]
    public void The_environment_is_the_images_with_duplicates_and_line_ends()
    {
        string[] env = ["PATH=/b", "A=1", "A=2", "B=", "C=x=y", "D=line\nline", "E F=\"q\"", "é=ß"];

        Assert.Equal(env, Process(new RootfsImageConfig { Env = env })["env"].Deserialize<string[]>()!);
    }

    [Fact]
    public void An_entry_without_a_value_is_left_out_with_a_warning()
    {
        Assert.Equal(["PATH=/x", "A=1"], Process(new RootfsImageConfig { Cmd = ["/x"], Env = ["HOME", "PATH=/x", "A=1", ""] })["env"].Deserialize<string[]>()!);
        Assert.Equal(["OCI6014", "OCI6014"], _log.Select(static message => message.Code));
    }

    [Theory]
    [InlineData(null, "/")]
    [InlineData("/srv", "/srv")]
    [InlineData("srv", "/srv")]
    [InlineData("a b\n", "/a b\n")]
    public void The_working_directory_is_absolute(string? directory, string expected) =>
        Assert.Equal(expected, Process(new RootfsImageConfig { WorkingDir = directory })["cwd"]!.GetValue<string>());

    [Fact]
    public void What_no_runtime_could_start_is_an_error()
    {
        Assert.Equal("OCI6013", Error(new RootfsImageConfig { Env = ["=v"] }).Code);
        Assert.Equal("OCI6011", Error(new RootfsImageConfig { Env = ["A=\0"] }).Code);
        Assert.Equal("OCI6011", Error(new RootfsImageConfig { Cmd = ["/x\0y"] }).Code);
        Assert.Equal("OCI6011", Error(new RootfsImageConfig { WorkingDir = "/x\0y" }).Code);
        Assert.Equal("OCI6017", Error(new RootfsImageConfig { User = "nobody" }).Code);
        Assert.Equal("OCI6018", Error(new RootfsImageConfig { User = "4294967295:0" }).Code);
        Assert.Equal("OCI6020", Error(new RootfsImageConfig(), "windows/amd64").Code);
    }

    [Theory]
    [InlineData("/out/rootfs", "/out/config.json", null, "rootfs")]
    [InlineData("/out/rootfs", "/out/bundle/config.json", null, "../rootfs")]
    [InlineData("/bin/x/rootfs", "/obj/config.json", null, "../bin/x/rootfs")]
    [InlineData("/out/rootfs", "/out/config.json", "/srv/rootfs", "/srv/rootfs")]
    public void The_root_is_the_tree_as_seen_from_the_file_or_what_the_request_says(string tree, string file, string? root, string expected)
    {
        RootfsRequest request = Contents.Request.With(OutputKind.RuntimeConfig, file) with { RootfsDirectory = tree, RuntimeConfigRoot = root };

        JsonNode json = JsonNode.Parse(Write(new RootfsImageConfig(), request: request))!;

        Assert.Equal(expected, json["root"]!["path"]!.GetValue<string>());
        Assert.False(json["root"]!["readonly"]!.GetValue<bool>());
    }

    [Fact]
    public void The_annotations_are_those_of_the_specification_sorted()
    {
        RootfsImageConfig config = new() { StopSignal = "SIGQUIT", ExposedPorts = ["53/udp", "80"], Labels = [new("b", "2"), new("a", "1"), new("org.opencontainers.image.zzz", "")] };

        JsonNode annotations = Annotations(config, "linux/arm/v7", """
            "author":"Somebody <s@example.org>","created":"2023-11-14T22:13:20.5Z"
            """);

        Assert.Equal("""
            {"a":"1","b":"2","org.opencontainers.image.architecture":"arm","org.opencontainers.image.author":"Somebody <s@example.org>","org.opencontainers.image.created":"2023-11-14T22:13:20.5Z","org.opencontainers.image.exposedPorts":"53/udp,80","org.opencontainers.image.os":"linux","org.opencontainers.image.stopSignal":"SIGQUIT","org.opencontainers.image.variant":"v7","org.opencontainers.image.zzz":""}
            """, annotations.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void A_version_and_features_of_the_system_are_annotations()
    {
        OutputContent content = Contents.Of(new RootfsImageConfig());
        JsonNode annotations = JsonNode.Parse(Write(content with { Platform = content.Platform with { OsVersion = "10.0.1", OsFeatures = ["x", "y"] } }))!["annotations"]!;

        Assert.Equal("10.0.1", annotations["org.opencontainers.image.os.version"]!.GetValue<string>());
        Assert.Equal("x,y", annotations["org.opencontainers.image.os.features"]!.GetValue<string>());
    }

    [Fact]
    public void A_label_wins_over_what_the_config_says() => Assert.Equal("mine", Annotations(
        new RootfsImageConfig { Labels = [new("org.opencontainers.image.os", "mine")] })["org.opencontainers.image.os"]!.GetValue<string>());

    [Theory]
    [InlineData("\"author\":5,\"created\":{\"a\":[]}")]
    [InlineData("\"author\":null,\"created\":null")]
    [InlineData("\"author\":\"\",\"created\":[\"x\"]")]
    public void An_author_or_a_time_that_is_no_text_is_no_annotation(string document) =>
        Assert.Equal(["org.opencontainers.image.architecture", "org.opencontainers.image.os"], Keys(Annotations(new RootfsImageConfig(), "linux/amd64", document)));

    [Theory]
    [InlineData("run.oci.keep_original_groups")]
    [InlineData("run.oci.hooks.stdout")]
    [InlineData("org.systemd.property.ExecStopPost")]
    [InlineData("org.criu.config")]
    [InlineData("io.katacontainers.config.hypervisor.path")]
    [InlineData("dev.gvisor.flag.debug-log")]
    [InlineData("io.podman.annotations.seccomp")]
    [InlineData("")]
    public void A_label_that_a_runtime_takes_for_a_setting_is_no_annotation_but_a_warning(string label)
    {
        Assert.Null(Annotations(new RootfsImageConfig { Cmd = ["/x"], Labels = [new(label, "1")] })[label]);
        Assert.Equal("OCI6021", Assert.Single(_log).Code);
    }

    [Fact]
    public void There_are_the_fourteen_capabilities_of_docker_and_none_that_an_ordinary_user_keeps()
    {
        JsonNode capabilities = Process(new RootfsImageConfig())["capabilities"]!;

        Assert.Equal(["bounding", "effective", "permitted"], Keys(capabilities));
        Assert.All(Keys(capabilities), set => Assert.Equal(
            [
                "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
                "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
            ],
            capabilities[set].Deserialize<string[]>()!));
    }

    [Fact]
    public void Volumes_are_mounts_only_where_that_is_asked_for()
    {
        RootfsImageConfig config = new() { Volumes = ["/data", "srv/x"] };

        Assert.DoesNotContain("/data", Destinations(Write(config)));
        string[] mounts = Destinations(Write(config, request: Contents.Request with { RuntimeConfigTmpfs = true }));
        Assert.Equal(["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/data", "/srv/x"], mounts);
    }

    [Fact]
    public void Groups_of_a_named_user_are_additional()
    {
        UserFiles files = new("app:x:5:6:::\n", "a:x:8:app\nb:x:9:app\n");
        using MemoryStream output = new();

        RuntimeConfig.Write(output, Contents.Of(new RootfsImageConfig { User = "app" }, tree: files.Tree), files.Lookup);

        Assert.Equal("""{"uid":5,"gid":6,"additionalGids":[8,9]}""", JsonNode.Parse(output.ToArray())!["process"]!["user"]!.ToJsonString());
    }

    private static string[]? Strings(string? json) => json is null ? null : JsonSerializer.Deserialize<string[]>(json);

    private static string[] Keys(JsonNode node) => [.. node.AsObject().Select(static member => member.Key)];

    private static string[] Destinations(byte[] file) => [.. JsonNode.Parse(file)!["mounts"]!.AsArray().Select(static mount => mount!["destination"]!.GetValue<string>())];

    private JsonNode Process(RootfsImageConfig config) => JsonNode.Parse(Write(config))!["process"]!;

    private JsonNode Annotations(RootfsImageConfig config, string platform = "linux/amd64", string document = "") => JsonNode.Parse(Write(config, platform, document))!["annotations"]!;

    private OciException Error(RootfsImageConfig config, string platform = "linux/amd64") => Assert.Throws<OciException>(() => Write(config, platform));

    private byte[] Write(RootfsImageConfig config, string platform = "linux/amd64", string document = "", RootfsRequest? request = null) =>
        Write(Contents.Of(config, platform, document, _log, request));

    private static byte[] Write(OutputContent content)
    {
        using MemoryStream output = new();
        RuntimeConfig.Write(output, content, new UserLookup(content.Tree, static _ => throw new InvalidOperationException("no file is read"), content.Context));
        return output.ToArray();
    }
}
