using System.Formats.Tar;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>The items for own files on top of an image, as a project has them.</summary>
public sealed class OwnItemsTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage();

    public OwnItemsTests()
    {
        _ = new SampleImage(_project);
        _project.Write("conf/app.conf", "a=1");
        _project.Image("image", ("Platform", SampleImage.Platform), ("RootfsArchive", "out/app.tar"));
    }

    public void Dispose() => _project.Dispose();

    private TestProject File_(string include, params (string Name, string Value)[] metadata) => _project.Item("OciRootfsFile", include, metadata);

    /// <summary>What the archive has besides the image's own paths.</summary>
    private Dictionary<string, TarEntry> Added()
    {
        Dictionary<string, TarEntry> entries = [];
        using TarReader reader = new(File.OpenRead(_project.PathOf("out/app.tar")));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.Name.StartsWith("./opt/", StringComparison.Ordinal) || entry.Name.StartsWith("./srv/", StringComparison.Ordinal))
                entries.Add(entry.Name[2..], entry);
        }
        return entries;
    }

    private List<string> Build()
    {
        _project.Build().MustSucceed();
        return [.. Added().Keys];
    }

    [Theory]
    [InlineData("/opt/other.conf", "opt/ opt/other.conf")]
    [InlineData("/opt/", "opt/ opt/app.conf")]
    [InlineData("/opt//etc/", "opt/ opt/etc/ opt/etc/app.conf")]
    public void TargetPath_is_a_path_or_with_a_slash_at_its_end_a_directory(string target, string expected)
    {
        File_("conf/app.conf", ("TargetPath", target));

        Assert.Equal(expected.Split(' '), Build());
    }

    [Fact]
    public void Without_TargetPath_Link_is_the_path_from_the_root()
    {
        File_("conf/app.conf", ("Link", @"opt\etc\app.conf"));

        Assert.Equal(["opt/", "opt/etc/", "opt/etc/app.conf"], Build());
    }

    [Fact]
    public void A_pattern_brings_its_directories_along()
    {
        _project.Write("publish/app", "x");
        _project.Write("publish/lib/a.b.dll", "x");
        _project.Write("publish/lib/.hidden", "x");
        _project.Write("publish/lib/a;b%41", "x");
        File_("publish/**", ("TargetPath", "/opt/"));

        Assert.Equal(["opt/", "opt/app", "opt/lib/", "opt/lib/.hidden", "opt/lib/a.b.dll", "opt/lib/a;b%41"], Build());
    }

    [Fact]
    public void All_metadata_arrive()
    {
        File_("conf/app.conf", ("TargetPath", "/opt/etc/"), ("Mode", "0640"), ("Owner", "app"), ("Group", "7"), ("Mtime", "77"), ("DirectoryMode", "2750"), ("DirectoryOwner", "8"), ("DirectoryGroup", "9"));
        _project.Item("OciRootfsDirectory", "/srv/data", ("Mode", "1777"), ("Owner", "5"));
        _project.Item("OciRootfsSymlink", "/srv/link", ("LinkTarget", "../opt/*/%2e/$(x)"), ("Group", "6"));

        Build();

        Assert.Equal(
            ["opt/ 2750 8:9 0", "opt/etc/ 2750 8:9 0", "opt/etc/app.conf 640 1000:7 77", "srv/ 755 0:0 0", "srv/data/ 1777 5:5 0", "srv/link 777 0:6 0"],
            Added().Select(static e => $"{e.Key} {Convert.ToString((int)e.Value.Mode, 8)} {e.Value.Uid}:{e.Value.Gid} {e.Value.ModificationTime.ToUnixTimeSeconds()}"));
        Assert.Equal("../opt/*/./", Added()["srv/link"].LinkName);
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/image/opt/etc/app.conf")));
    }

    [Fact]
    public void A_second_build_does_nothing_and_a_changed_file_is_taken_anew()
    {
        File_("conf/app.conf", ("TargetPath", "/opt/"));
        Build();
        Assert.Equal("false", Extracted());
        Assert.True(File.Exists(_project.PathOf("obj/oci/own-files.json")));

        _project.Write("conf/app.conf", "a=2");

        Assert.Equal("true", Extracted());
        Assert.Equal("a=2", File.ReadAllText(_project.PathOf("bin/rootfs/image/opt/app.conf")));
    }

    private string Extracted() => Assert.Single(_project.Build().MustSucceed().Items("OciRootfs")).GetMetadataValue("Extracted");

    [Fact]
    public void Clean_removes_the_file_that_remembers_digests()
    {
        File_("conf/app.conf", ("TargetPath", "/opt/"));
        Build();

        _project.Build("Clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("obj/oci")));
    }

    [Fact]
    public void A_target_before_the_extraction_can_add_files_that_the_build_makes()
    {
        _project.Target("Make", before: "ExtractOciRootfs")
            .Task("WriteLinesToFile", [("File", "made/x/f"), ("Lines", "line")])
            .Task("CreateItem", [("Include", "made/**"), ("AdditionalMetadata", "TargetPath=/opt/")]);
        _project.TaskToItems("CreateItem", [("Include", "made/**"), ("AdditionalMetadata", "TargetPath=/opt/")], ("Include", "OciRootfsFile"));

        Assert.Equal(["opt/", "opt/x/", "opt/x/f"], Build());
    }

    [Theory]
    [InlineData("image", true)]
    [InlineData("other; IMAGE", true)]
    [InlineData("other", false)]
    public void Image_says_which_images_get_a_file(string image, bool expected)
    {
        _ = new SampleImage(_project, "second");
        _project.Image("second", ("Platform", SampleImage.Platform), ("Name", "other"));
        File_("conf/app.conf", ("TargetPath", "/opt/"), ("Image", image));

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Equal(expected, Added().ContainsKey("opt/app.conf"));
        Assert.Equal(image != "image", File.Exists(_project.PathOf("bin/rootfs/other/opt/app.conf")));
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void An_Image_that_the_project_does_not_have_is_a_warning()
    {
        File_("conf/app.conf", ("TargetPath", "/opt/"), ("Image", "image;imgae"));
        _project.Item("OciRootfsDirectory", "/srv", ("Image", "imgae"));

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Equal("OCI6451", Assert.Single(outcome.Warnings).Code);
        Assert.Contains("'imgae'", outcome.Warnings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Misspelt_metadata_are_a_warning_and_those_of_the_SDK_are_none()
    {
        File_("conf/app.conf", ("TargetPath", "/opt/"), ("Ower", "5"), ("CopyToOutputDirectory", "Always"), ("RelativePath", "x"), ("Pack", "true"), ("Visible", "false"), ("MaxNodes", "7"));
        _project.Item("OciRootfsSymlink", "/srv", ("LinkTraget", "x"), ("LinkTarget", "y"));

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Equal("The metadata 'Ower' of 'conf/app.conf' means nothing to Oci.Build.Tasks. Did you mean Owner?", Assert.Single(outcome.Warnings).Message);
    }

    [Fact]
    public void RemovePaths_and_KeepPaths_are_lists_of_patterns_that_MSBuild_does_not_expand()
    {
        _project.Update("OciImage", ("RemovePaths", "/etc/**; /var/cache/*;/%3B"), ("KeepPaths", "/etc/pass*"));

        _project.Build().MustSucceed();

        Assert.Equal(["passwd"], Directory.GetFileSystemEntries(_project.PathOf("bin/rootfs/image/etc")).Select(Path.GetFileName));
        Assert.Empty(Directory.GetFileSystemEntries(_project.PathOf("bin/rootfs/image/var/cache")));
    }

    [Fact]
    public void The_task_takes_them_without_an_item()
    {
        using TestProject project = new TestProject().UsingTasks();
        _ = new SampleImage(project);
        project.Write("f", "x");
        project.Item("Own", "f", ("TargetPath", "/opt/"));
        project.Target("Go").Task("ExtractOciRootfs", [("Image", "image"), ("Platform", SampleImage.Platform), ("RootfsDirectory", "tree"), ("OwnFiles", "@(Own)"), ("RemovePaths", "/etc/**;/usr"), ("KeepPaths", "/etc/motd")]);

        project.Build("Go").MustSucceed();

        Assert.True(File.Exists(project.PathOf("tree/opt/f")));
        Assert.Equal(["motd"], Directory.GetFileSystemEntries(project.PathOf("tree/etc")).Select(Path.GetFileName));
        Assert.False(Directory.Exists(project.PathOf("tree/usr")));
    }

    [Theory]
    [InlineData("Mode", "9", "OCI6403")]
    [InlineData("Mode", "75", "OCI6403")]
    [InlineData("Mode", "0789", "OCI6403")]
    [InlineData("Mode", "17777", "OCI6403")]
    [InlineData("Mode", "rwx", "OCI6403")]
    [InlineData("DirectoryMode", "u+x", "OCI6403")]
    [InlineData("Mtime", "-1", "OCI6413")]
    [InlineData("Mtime", "now", "OCI6413")]
    [InlineData("Owner", "nobody-here", "OCI6405")]
    [InlineData("Owner", "a:b", "OCI6404")]
    [InlineData("TargetPath", "opt/", "OCI6402")]
    [InlineData("TargetPath", "/opt/../", "OCI6402")]
    [InlineData("TargetPath", "/usr", "OCI6410")]
    [InlineData("TargetPath", "/etc/passwd/x", "OCI6411")]
    public void A_value_that_is_none_is_one_error(string name, string value, string code)
    {
        File_("conf/app.conf", [.. name == "TargetPath" ? Array.Empty<(string, string)>() : [("TargetPath", "/opt/d/")], (name, value)]);

        Assert.Equal(code, _project.Build().Error.Code);
    }

    [Fact]
    public void Neither_TargetPath_nor_Link_is_an_error_and_so_is_a_missing_source_or_LinkTarget()
    {
        Assert.Equal("OCI6401", new OwnItemsTests().Fails("OciRootfsFile", "conf/app.conf"));
        Assert.Equal("OCI6406", new OwnItemsTests().Fails("OciRootfsFile", "absent", ("TargetPath", "/opt/")));
        Assert.Equal("OCI6407", new OwnItemsTests().Fails("OciRootfsFile", "conf", ("TargetPath", "/opt/x")));
        Assert.Equal("OCI6412", new OwnItemsTests().Fails("OciRootfsSymlink", "/opt/l"));
        Assert.Equal("OCI6402", new OwnItemsTests().Fails("OciRootfsDirectory", "opt"));
    }

    private string Fails(string type, string include, params (string Name, string Value)[] metadata)
    {
        using (this)
            return _project.Item(type, include, metadata).Build().Error.Code;
    }
}
