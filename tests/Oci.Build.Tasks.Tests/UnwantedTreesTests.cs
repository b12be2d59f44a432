using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>A project that no longer asks for a tree. The list of its trees, in obj/, says which it made.</summary>
public sealed class UnwantedTreesTests : IDisposable
{
    private const string List = "obj/oci/trees.json";

    private readonly TestProject _project = new TestProject().ImportPackage().Property("OciPlatform", SampleImage.Platform).Image("$(Images)");

    public UnwantedTreesTests()
    {
        _ = new SampleImage(_project, "old");
        _ = new SampleImage(_project, "new");
        // The state file's maker is looked for on disk.
        _project.Write("test.proj", "");
    }

    public void Dispose() => _project.Dispose();

    private Outcome Build(string images, params string[] targets) => _project.Global("Images", images).Build(targets);

    [Fact]
    public void A_renamed_image_leaves_no_tree_behind()
    {
        Build("old").MustSucceed();

        Outcome outcome = Build("new").MustSucceed();

        Assert.Equal([".new.oci", ".new.oci-state", "new", "new.config.json"], Names("bin/rootfs"));
        Assert.Equal(["new.mtree", "new.props", "rootfs.stamp", "trees.json"], Names("obj/oci"));
        Assert.Contains(outcome.Messages, m => m.Message!.Contains($"'{_project.PathOf("bin/rootfs/old")}' was removed", StringComparison.Ordinal));
    }

    [Fact]
    public void The_last_image_that_goes_takes_its_tree_and_the_list_with_it()
    {
        Build("old").MustSucceed();

        Build("").MustSucceed();

        Assert.Empty(Names("bin/rootfs"));
        Assert.False(File.Exists(_project.PathOf(List)));
    }

    [Fact]
    public void Clean_removes_a_tree_that_no_item_names()
    {
        Build("old").MustSucceed();

        Build("new", "Clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
        Assert.False(Directory.Exists(_project.PathOf("obj/oci")));
    }

    [Fact]
    public void The_trees_of_all_platforms_go_with_their_files()
    {
        _project.Update("OciImage", ("Platform", "all"));
        Build("old").MustSucceed();
        Assert.Contains("old.config.linux-amd64.json", Names("bin/rootfs"));

        Build("").MustSucceed();

        Assert.Empty(Names("bin/rootfs"));
        Assert.Equal(["rootfs.stamp"], Names("obj/oci"));
    }

    [Fact]
    public void A_tree_outside_the_project_that_it_named_itself_goes_too_and_a_file_elsewhere_stays()
    {
        using TestProject elsewhere = new();
        _project.Update("OciImage", ("RootfsDirectory", elsewhere.PathOf("%(Identity)/")), ("ConfigJson", "json/%(Identity).json"));
        Build("old").MustSucceed();

        Build("new").MustSucceed();

        Assert.Equal([".new.oci", ".new.oci-state", "new"], Directory.GetFileSystemEntries(elsewhere.Directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["new.json", "old.json"], Names("json"));
    }

    [Fact]
    public void A_file_that_the_project_still_writes_stays()
    {
        _project.Update("OciImage", ("ConfigJson", "bin/rootfs/one.json"));
        Build("old").MustSucceed();

        Build("new").MustSucceed();

        Assert.Equal([".new.oci", ".new.oci-state", "new", "one.json"], Names("bin/rootfs"));
    }

    [Theory]
    [InlineData("ExtractOciRootfs")]
    [InlineData("ListOciImages")]
    [InlineData("_CleanGetCurrentAndPriorFileWrites")]
    public void A_target_called_by_name_removes_no_tree(string target)
    {
        Build("old").MustSucceed();

        Build("new", target).MustSucceed();

        Assert.True(Directory.Exists(_project.PathOf("bin/rootfs/old")));
    }

    [Theory]
    [InlineData("DesignTimeBuild", "true")]
    [InlineData("BuildingProject", "false")]
    [InlineData("OciRootfsEnabled", "false")]
    public void A_build_that_extracts_nothing_removes_nothing(string property, string value)
    {
        Build("old").MustSucceed();

        _project.Global(property, value);
        Build("new").MustSucceed();

        Assert.True(Directory.Exists(_project.PathOf("bin/rootfs/old")));
    }

    [Fact]
    public void A_failed_build_removes_nothing()
    {
        Build("old").MustSucceed();

        Assert.Equal("OCI1001", Build("missing").Error.Code);

        Assert.True(Directory.Exists(_project.PathOf("bin/rootfs/old")));
    }

    [Fact]
    public void A_question_is_answered_no_and_removes_nothing()
    {
        Build("new;old").MustSucceed();

        Assert.Equal("OCI7004", _project.Global("Images", "new").Question().Error.Code);

        Assert.True(Directory.Exists(_project.PathOf("bin/rootfs/old")));
        Build("new").MustSucceed();
        _project.Question("ExtractOciRootfs", "_RemoveUnwantedOciRootfs").MustSucceed();
    }

    [Fact]
    public void The_tree_of_another_configuration_stays()
    {
        _project.Global("OutDir", "bin/r/").Global("IntermediateOutputPath", "obj/r/");
        Build("old").MustSucceed();
        string list = File.ReadAllText(_project.PathOf("obj/r/oci/trees.json"));

        // Even if the list of this configuration names it.
        _project.Global("OutDir", "bin/d/").Global("IntermediateOutputPath", "obj/d/");
        Build("new").MustSucceed();
        _project.Write("obj/d/oci/trees.json", list.Replace("obj/r/", "obj/d/", StringComparison.Ordinal));
        Build("new").MustSucceed();
        Build("new", "Clean").MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/r/rootfs/old/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("bin/r/rootfs/old.config.json")));
    }

    [Theory]
    [InlineData("precious", "")]
    [InlineData("bin/rootfs/precious", "")]
    [InlineData("bin/rootfs/precious", "{}")]
    [InlineData("bin/../precious", "")]
    public void A_list_that_somebody_wrote_removes_no_directory_of_his_choice(string path, string state)
    {
        Build("old").MustSucceed();
        string tree = _project.PathOf(path);
        Directory.CreateDirectory(tree + "/f");
        if (state.Length > 0)
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(tree)!, $".{Path.GetFileName(tree)}.oci"), state);
        string list = File.ReadAllText(_project.PathOf(List));
        _project.Write(List, list.Replace(_project.PathOf("bin/rootfs/old") + "\"", tree + "\"", StringComparison.Ordinal));

        Build("old").MustSucceed();
        Build("old", "Clean").MustSucceed();

        Assert.True(Directory.Exists(tree + "/f"));
        Directory.Delete(tree, recursive: true);
    }

    [Fact]
    public void A_tree_around_what_the_project_still_asks_for_stays()
    {
        _project.Update("OciImage", ("RootfsDirectory", "$(Place)"));
        _project.Global("Place", "bin/rootfs");
        Build("old").MustSucceed();

        _project.Global("Place", "bin/rootfs/inner");
        Build("new").MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/rootfs/inner/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/etc/motd")));
    }

    [Fact]
    public void A_tree_whose_state_file_is_gone_is_still_ours_for_build_and_clean()
    {
        Build("old").MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.old.oci"));

        Build("old").MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.old.oci"));
        Build("old", "Clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
    }

    [Fact]
    public void An_unwanted_tree_whose_state_file_is_gone_goes_too()
    {
        Build("old").MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.old.oci"));

        Build("new").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/old")));
    }

    [Fact]
    public void Trees_of_all_platforms_whose_state_file_is_gone_are_still_ours()
    {
        _project.Update("OciImage", ("Platform", "all"));
        Build("old").MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.old.oci"));
        File.Delete(_project.PathOf("bin/rootfs/old/.linux-amd64.oci"));

        Build("old").MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/rootfs/old/linux-amd64/etc/motd")));
        Assert.Equal(
            [".old.oci", "old", "old.config.linux-amd64.json"],
            Names("bin/rootfs").Where(static n => !n.Contains("arm64", StringComparison.Ordinal)));
    }

    [Fact]
    public void Another_directory_in_the_place_of_a_tree_whose_state_file_is_gone_is_not_ours()
    {
        Build("old").MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.old.oci"));
        Directory.Move(_project.PathOf("bin/rootfs/old"), _project.PathOf("moved"));
        _project.Write("bin/rootfs/old/precious", "");

        Assert.Equal("OCI5001", Build("old").Error.Code);
        Assert.Equal("OCI5001", Build("old", "Clean").Error.Code);
        Build("new").MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/rootfs/old/precious")));
    }

    [Fact]
    public void A_list_that_others_may_write_proves_nothing()
    {
        Build("old").MustSucceed();
        File.Delete(_project.PathOf("bin/rootfs/.old.oci"));
        File.SetUnixFileMode(_project.PathOf(List), (UnixFileMode)0b110_110_110);

        Assert.Equal("OCI5001", Build("old").Error.Code);
    }

    [Fact]
    public void A_tree_of_a_project_that_was_renamed_is_still_its_own()
    {
        Build("old").MustSucceed();
        string state = File.ReadAllText(_project.PathOf("bin/rootfs/.old.oci"));
        File.WriteAllText(_project.PathOf("bin/rootfs/.old.oci"), state.Replace("test.proj", "gone.proj", StringComparison.Ordinal));

        Build("new").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/old")));
    }

    [Fact]
    public void Clean_leaves_a_directory_with_something_of_the_users_in_it()
    {
        Build("old").MustSucceed();
        _project.Write("bin/rootfs/mine", "");

        Build("old", "Clean").MustSucceed();

        Assert.Equal(["mine"], Names("bin/rootfs"));
    }

    private string[] Names(string directory) => [.. Directory.GetFileSystemEntries(_project.PathOf(directory)).Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
}
