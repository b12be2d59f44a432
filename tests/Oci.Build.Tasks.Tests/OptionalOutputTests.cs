using System.Text.Json.Nodes;
using Microsoft.Build.Execution;
using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>Files that the build writes only where the user names a path.</summary>
public sealed class OptionalOutputTests : IDisposable
{
    private static readonly (string, string)[] Both = [("LxcConfig", "out/app.lxc.conf"), ("RuntimeConfig", "out/bundle/config.json")];

    private readonly TestProject _project = new TestProject().ImportPackage();

    public OptionalOutputTests() => Save(new JsonObject { ["Cmd"] = new JsonArray("/bin/app", "--run"), ["User"] = "5:6" });

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Without_a_path_there_is_no_file_and_no_metadata()
    {
        ProjectItemInstance item = Extract();

        Assert.Equal("", item.GetMetadataValue("LxcConfig"));
        Assert.Equal("", item.GetMetadataValue("RuntimeConfig"));
        Assert.DoesNotContain(Directory.EnumerateFiles(_project.Directory, "*", SearchOption.AllDirectories), static file =>
            file.EndsWith(".conf", StringComparison.Ordinal) || Path.GetFileName(file) == "config.json");
    }

    [Fact]
    public void With_a_path_the_file_is_there_and_its_absolute_path_is_metadata_of_the_tree()
    {
        ProjectItemInstance item = Extract(Both);

        Assert.Equal(_project.PathOf("out/app.lxc.conf"), item.GetMetadataValue("LxcConfig"));
        Assert.Equal(_project.PathOf("out/bundle/config.json"), item.GetMetadataValue("RuntimeConfig"));
        Assert.Contains("\nlxc.init.cmd = \"/bin/app --run\"\n", File.ReadAllText(item.GetMetadataValue("LxcConfig")), StringComparison.Ordinal);
        JsonNode runtime = JsonNode.Parse(File.ReadAllText(item.GetMetadataValue("RuntimeConfig")))!;
        Assert.Equal("""["/bin/app","--run"]""", runtime["process"]!["args"]!.ToJsonString());
        Assert.Equal("../../bin/rootfs/app", runtime["root"]!["path"]!.GetValue<string>());
    }

    [Fact]
    public void A_second_build_does_nothing_and_a_file_that_is_gone_is_made_again()
    {
        Extract(Both);
        Assert.Equal("false", Build().GetMetadataValue("Extracted"));

        File.Delete(_project.PathOf("out/app.lxc.conf"));

        Assert.Equal("true", Build().GetMetadataValue("Extracted"));
        Assert.True(File.Exists(_project.PathOf("out/app.lxc.conf")));
    }

    [Theory]
    [InlineData("RuntimeConfigRoot", "rootfs")]
    [InlineData("RuntimeConfigTmpfs", "true")]
    public void An_option_of_the_file_makes_it_anew(string name, string value)
    {
        Extract(Both);

        Assert.Equal("true", Update((name, value)).GetMetadataValue("Extracted"));
    }

    [Fact]
    public void The_root_and_the_volumes_are_as_the_item_asks()
    {
        Save(new JsonObject { ["Volumes"] = new JsonObject { ["/data"] = new JsonObject() } });

        JsonNode runtime = JsonNode.Parse(File.ReadAllText(Extract([.. Both, ("RuntimeConfigRoot", "/srv/x"), ("RuntimeConfigTmpfs", "on")]).GetMetadataValue("RuntimeConfig")))!;

        Assert.Equal("/srv/x", runtime["root"]!["path"]!.GetValue<string>());
        Assert.Contains("/data", runtime["mounts"]!.AsArray().Select(static mount => mount!["destination"]!.GetValue<string>()));
    }

    [Fact]
    public void Clean_removes_the_files()
    {
        Extract(Both);

        _project.Build("CleanOciRootfs").MustSucceed();

        Assert.False(File.Exists(_project.PathOf("out/app.lxc.conf")));
        Assert.False(File.Exists(_project.PathOf("out/bundle/config.json")));
    }

    [Fact]
    public void Only_files_that_are_written_are_registered_for_Clean()
    {
        string[] without = Registered(_project.Image("app", ("Platform", "linux/amd64")).Build());
        string[] with = Registered(_project.Update("OciImage", Both).Build());

        Assert.Equal([_project.PathOf("out/app.lxc.conf"), _project.PathOf("out/bundle/config.json")], with.Except(without));

        static string[] Registered(Outcome outcome) => [.. outcome.MustSucceed().Items("FileWrites").Select(static item => item.EvaluatedInclude)];
    }

    [Theory]
    [InlineData("LxcConfig", "bin/rootfs/app.config.json", "same place")]
    [InlineData("LxcConfig", "out/bundle/config.json", "same place")]
    [InlineData("RuntimeConfig", "bin/rootfs/app/config.json", "inside the tree")]
    public void A_place_that_is_taken_is_an_error(string name, string path, string text)
    {
        _project.Image("app", [.. Both.Where(other => other.Item1 != name), (name, path)]);

        BuildErrorEventArgs error = _project.Build().Error;

        Assert.Equal("OCI7003", error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_all_platforms_each_has_files_with_its_name_in_theirs()
    {
        Outcome outcome = _project.Image("app", [.. Both, ("Platform", "all")]).Build("ExtractOciRootfs").MustSucceed();

        ProjectItemInstance item = Assert.Single(outcome.Items("OciRootfs"));
        Assert.Equal(_project.PathOf("out/app.lxc.linux-amd64.conf"), item.GetMetadataValue("LxcConfig"));
        Assert.True(File.Exists(_project.PathOf("out/app.lxc.linux-amd64.conf")));
        JsonNode runtime = JsonNode.Parse(File.ReadAllText(_project.PathOf("out/bundle/config.linux-amd64.json")))!;
        Assert.Equal("../../bin/rootfs/app/linux-amd64", runtime["root"]!["path"]!.GetValue<string>());
        _project.Build("CleanOciRootfs").MustSucceed();
        Assert.Empty(Directory.EnumerateFiles(_project.PathOf("out"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_config_that_can_not_be_written_is_an_error_and_the_tree_of_the_build_before_stays()
    {
        Extract(Both);
        string before = File.ReadAllText(_project.PathOf("out/app.lxc.conf"));
        Save(new JsonObject { ["Cmd"] = new JsonArray("/bin/app", "a\nb") });

        BuildErrorEventArgs error = _project.Build().Error;

        Assert.Equal(("OCI6011", "app"), (error.Code, error.File));
        Assert.Contains("a%0Ab", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_project.PathOf("out/app.lxc.conf")));
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/app/bin/app")));
    }

    private void Save(JsonObject config)
    {
        if (Directory.Exists(_project.PathOf("app")))
            Directory.Delete(_project.PathOf("app"), recursive: true);
        Oci.Images.Image.Of(Tars.Of(Tars.File("bin/app", "x"))).For("linux/amd64").WithConfig(config).SaveDirectory(_project.PathOf("app"));
    }

    private ProjectItemInstance Extract(params (string, string)[] metadata)
    {
        _project.Image("app", [("Platform", "linux/amd64"), .. metadata]);
        return Build();
    }

    private ProjectItemInstance Update(params (string, string)[] metadata)
    {
        _project.Update("OciImage", metadata);
        return Build();
    }

    private ProjectItemInstance Build() => Assert.Single(_project.Build().MustSucceed().Items("OciRootfs"));
}
