using Microsoft.Build.Execution;
using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>The target and its items, on the sample's image.</summary>
public sealed class ExtractOciRootfsTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage().Property("OciPlatform", SampleImage.Platform);

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_build_makes_the_tree_and_the_files_beside_it()
    {
        _ = new SampleImage(_project);

        _project.Image("image").Build().MustSucceed();

        Assert.Equal("Welcome to the sample appliance.\n", File.ReadAllText(_project.PathOf("bin/rootfs/image/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/image.config.json")));
        Assert.True(File.Exists(_project.PathOf("obj/oci/image.props")));
        Assert.True(File.Exists(_project.PathOf("obj/oci/image.mtree")));
    }

    [Fact]
    public void Images_whose_names_differ_in_case_alone_are_two()
    {
        _ = new SampleImage(_project, "image");
        _ = new SampleImage(_project, "Image");

        Outcome outcome = _project.Image("image").Image("Image").Build("ExtractOciRootfs").MustSucceed();

        Assert.Equal(2, outcome.Items("OciRootfs").Count);
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/image/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/Image/etc/motd")));
        _project.Build("CleanOciRootfs").MustSucceed();
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/image")));
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/Image")));
    }

    [Fact]
    public void The_item_carries_all_that_is_known_of_the_tree()
    {
        SampleImage image = new(_project);

        Outcome outcome = _project.Image("image", ("Reference", "1.0")).Build("ExtractOciRootfs").MustSucceed();

        ProjectItemInstance rootfs = Assert.Single(outcome.Items("OciRootfs"));
        Assert.Equal(_project.PathOf("bin/rootfs/image") + "/", rootfs.EvaluatedInclude);
        Dictionary<string, string> expected = new()
        {
            ["Name"] = "image",
            ["Image"] = image.Directory,
            ["Reference"] = "1.0",
            ["Platform"] = "linux/amd64",
            ["ConfigJson"] = _project.PathOf("bin/rootfs/image.config.json"),
            ["ConfigProps"] = _project.PathOf("obj/oci/image.props"),
            ["Mtree"] = _project.PathOf("obj/oci/image.mtree"),
            ["ManifestDigest"] = image.ManifestDigest,
            ["ConfigDigest"] = image.ConfigDigest,
            ["LayerDigests"] = string.Join(';', image.LayerDigests),
            ["Extracted"] = "true",
            ["Entrypoint"] = """["/usr/bin/hello"]""",
            ["Cmd"] = """["--to","you & me"]""",
            ["Env"] = """["PATH=/usr/bin","GREETING=100% yours; $(really)"]""",
            ["WorkingDirectory"] = "/home/app",
            ["User"] = "app",
            ["StopSignal"] = "SIGTERM",
            ["ExposedPorts"] = """["8080/tcp"]""",
            ["Volumes"] = """["/var/cache"]""",
            ["Labels"] = """{"org.opencontainers.image.title":"Sample appliance"}""",
        };
        Assert.Equal(expected, expected.Keys.ToDictionary(static key => key, rootfs.GetMetadataValue));
    }

    [Fact]
    public void A_second_build_extracts_nothing_and_says_so()
    {
        _ = new SampleImage(_project);
        _project.Image("image").Build().MustSucceed();
        DateTime written = File.GetLastWriteTimeUtc(_project.PathOf("bin/rootfs/image.config.json"));

        Outcome second = _project.Build().MustSucceed();

        Assert.Equal("false", Assert.Single(second.Items("OciRootfs")).GetMetadataValue("Extracted"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_project.PathOf("bin/rootfs/image.config.json")));
        Assert.Equal(["image is up to date", Place("image")], Starts(second));
    }

    [Fact]
    public void An_extraction_says_what_and_where_after_what_is_only_recorded()
    {
        Image.Of(Tars.Of(Tars.File("f", "x", uid: 4321))).For("linux/amd64").SaveDirectory(_project.PathOf("image"));

        Outcome outcome = _project.Property("x", "").Image("image", ("Ownership", "Record")).Build().MustSucceed();

        Assert.Equal(["Recorded in the mtree file, not set on disk: ", "image is extracted", Place("image")], Starts(outcome));
    }

    [Fact]
    public void Each_tree_has_a_line_of_its_own_in_the_form_that_a_terminal_shows()
    {
        _ = new SampleImage(_project, "a");
        _ = new SampleImage(_project, "b");

        Outcome outcome = _project.Image("a").Image("b", ("Platform", "all")).Build().MustSucceed();

        Assert.Equal(["a is extracted", Place("a"), "b-linux-amd64 is extracted", Place("b/linux-amd64")], Lines(outcome));
    }

    [Fact]
    public void Each_archive_has_such_a_line_too_and_the_tree_comes_last()
    {
        _ = new SampleImage(_project);

        Outcome outcome = _project.Image("image", ("RootfsArchive", "a.tar;b.tar.gz")).Build().MustSucceed();

        Assert.Equal(["image is extracted", $"test -> {_project.PathOf("a.tar")}", $"test -> {_project.PathOf("b.tar.gz")}", Place("image")], Lines(outcome));
    }

    [Fact]
    public void Each_image_is_one_call_and_one_item_in_their_order()
    {
        _ = new SampleImage(_project, "b");
        _ = new SampleImage(_project, "a");

        Outcome outcome = _project.Image("b").Image("a").Build().MustSucceed();

        Assert.Equal(2, outcome.Runs("ExtractOciRootfs"));
        Assert.Equal(["b", "a"], outcome.Items("OciRootfs").Select(static i => i.GetMetadataValue("Name")));
    }

    [Fact]
    public void An_image_added_by_a_target_during_the_build_is_extracted()
    {
        _ = new SampleImage(_project);

        _project.Property("ExtractOciRootfsDependsOn", "MakeImage").Target("MakeImage").ItemInTarget("OciImage", "image").Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/rootfs/image/etc/motd")));
    }

    [Fact]
    public void Without_images_no_task_runs()
    {
        Outcome outcome = _project.Build().MustSucceed();

        Assert.Equal(0, outcome.Runs("ResolveOciImages") + outcome.Runs("ExtractOciRootfs"));
    }

    [Theory]
    [InlineData("OciRootfsEnabled", "false", "Build")]
    [InlineData("OciRootfsEnabled", "false", "ExtractOciRootfs")]
    [InlineData("OciRootfsEnabled", "False", "Clean")]
    [InlineData("DesignTimeBuild", "true", "Build")]
    [InlineData("BuildingProject", "false", "Build")]
    public void Switched_off_or_in_a_design_time_build_nothing_is_extracted(string property, string value, string target)
    {
        _ = new SampleImage(_project);

        Outcome outcome = _project.Image("image").Global(property, value).Build(target).MustSucceed();

        Assert.Equal(0, outcome.Runs("ExtractOciRootfs") + outcome.Runs("CleanOciRootfs"));
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
    }

    [Fact]
    public void Called_by_name_the_target_works_in_a_project_that_is_not_being_built()
    {
        _ = new SampleImage(_project);

        Outcome outcome = _project.Image("image").Global("BuildingProject", "false").Build("ExtractOciRootfs").MustSucceed();

        Assert.Single(outcome.Items("OciRootfs"));
    }

    [Theory]
    [InlineData("Build")]
    [InlineData("ExtractOciRootfs")]
    [InlineData("Clean")]
    public void An_MSBuild_that_is_too_old_is_told_before_a_task_is_loaded(string target)
    {
        Outcome outcome = _project.Image("image").Global("_OciLeastMSBuild", "99.0").Build(target);

        Assert.Equal("OCI7008", outcome.Error.Code);
        Assert.EndsWith("/docs/errors/OCI7008.md", outcome.Error.HelpLink, StringComparison.Ordinal);
        Assert.Equal(0, outcome.Runs("ResolveOciImages"));
    }

    [Fact]
    public void Question_asks_and_touches_nothing()
    {
        _ = new SampleImage(_project);
        _project.Image("image");

        Outcome before = _project.Question("ExtractOciRootfs");

        Assert.Equal("OCI7004", before.Error.Code);
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/image")));
        _project.Build("ExtractOciRootfs").MustSucceed();
        _project.Question("ExtractOciRootfs").MustSucceed();
    }

    [Fact]
    public void The_files_are_registered_whether_they_are_written_or_not()
    {
        _ = new SampleImage(_project);
        _project.Image("image").Build().MustSucceed();

        Outcome second = _project.Build().MustSucceed();

        Assert.Equal(
            ["bin/rootfs/image.config.json", "obj/oci/image.props", "obj/oci/image.mtree", "obj/oci/rootfs.stamp", "obj/oci/own-files.json", "obj/oci/publish.list"],
            second.Items("FileWrites").Select(i => Path.GetRelativePath(_project.Directory, i.GetMetadataValue("FullPath"))));
    }

    [Fact]
    public void Clean_removes_the_tree_all_files_and_their_directories_and_can_be_repeated()
    {
        _ = new SampleImage(_project);
        _project.Image("image").Build().MustSucceed();

        _project.Build("Clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
        Assert.False(Directory.Exists(_project.PathOf("obj/oci")));
        _project.Build("Clean").MustSucceed();
        _project.Build().MustSucceed();
    }

    [Fact]
    public void An_ordinary_user_can_remove_the_tree_with_any_tool_and_the_record_keeps_the_true_modes()
    {
        Image.Of(Tars.Of(Tars.Dir("closed", mode: "0000"), Tars.Dir("d", mode: "0555"), Tars.File("d/f", mode: "0444"))).For(SampleImage.Platform).SaveDirectory(_project.PathOf("image"));

        _project.Image("image").Build().MustSucceed();

        UnixFileMode owner = File.GetUnixFileMode(_project.PathOf("bin/rootfs/image/d")) & (UnixFileMode)0b111_000_000;
        Assert.Equal(Environment.IsPrivilegedProcess ? 0b101_000_000 : 0b111_000_000, (int)owner);
        Assert.Contains("./d type=dir mode=0555", File.ReadAllText(_project.PathOf("obj/oci/image.mtree")), StringComparison.Ordinal);
        Assert.Contains("./closed type=dir mode=0000", File.ReadAllText(_project.PathOf("obj/oci/image.mtree")), StringComparison.Ordinal);
        // Stops at a directory without write permission, as rm -rf does.
        Directory.Delete(_project.PathOf("bin"), recursive: true);
    }

    [Fact]
    public void With_MakeWritable_set_to_false_modes_are_exact_and_a_removal_that_stopped_half_way_is_mended()
    {
        Image.Of(Tars.Of(Tars.Dir("closed", mode: "0000"), Tars.Dir("d", mode: "0555"), Tars.File("d/f", mode: "0444"))).For(SampleImage.Platform).SaveDirectory(_project.PathOf("image"));
        _project.Image("image", ("MakeWritable", "false")).Build().MustSucceed();
        Assert.Equal(0b101_101_101, (int)File.GetUnixFileMode(_project.PathOf("bin/rootfs/image/d")));

        // What rm -rf leaves: the closed directories, without state file and other files.
        File.Delete(_project.PathOf("bin/rootfs/.image.oci"));
        File.Delete(_project.PathOf("bin/rootfs/image.config.json"));
        _project.Build().MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.image.oci"));
        _project.Build("Clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
    }

    [Fact]
    public void Clean_leaves_a_directory_that_is_not_ours()
    {
        _ = new SampleImage(_project);
        string precious = _project.Write("bin/rootfs/image/precious", "");

        Outcome outcome = _project.Image("image").Build("Clean");

        Assert.StartsWith("OCI", outcome.Error.Code, StringComparison.Ordinal);
        Assert.True(File.Exists(precious));
    }

    /// <summary>A terminal takes for a path all that follows the arrow, if the project's name comes first.</summary>
    private string Place(string tree) => $"test -> {_project.PathOf("bin/rootfs", tree)}/";

    /// <summary>The lines at high importance, without what follows in parentheses or behind a colon.</summary>
    private static string[] Starts(Outcome outcome) =>
    [
        .. outcome.Messages.Where(static m => m is { Importance: MessageImportance.High, SenderName: "ExtractOciRootfs" })
            .Select(static m => m.Message!.Split(" (")[0]).Select(static text => text.StartsWith("Recorded", StringComparison.Ordinal) ? text[..(text.IndexOf(": ", StringComparison.Ordinal) + 2)] : text),
    ];

    /// <summary>Without what an ordinary user is told besides: that owners are recorded only.</summary>
    private static IEnumerable<string> Lines(Outcome outcome) => Starts(outcome).Where(static line => !line.StartsWith("Recorded", StringComparison.Ordinal));
}
