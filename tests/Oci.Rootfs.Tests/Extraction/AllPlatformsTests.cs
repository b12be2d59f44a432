using Oci.Images;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Extraction;

public sealed class AllPlatformsTests : PlatformsScenario
{
    [Fact]
    public void Every_platform_has_a_tree_and_files_that_bear_its_name()
    {
        Save(Amd, new ImageIndex(Arm));

        IReadOnlyList<RootfsExtraction> all = Extract();

        Assert.Equal(["linux/amd64", "linux/arm/v7"], all.Select(static e => e.Result.Platform));
        Assert.Equal([_s["out/rootfs/linux-amd64"], _s["out/rootfs/linux-arm-v7"]], all.Select(static e => e.Request.RootfsDirectory));
        Assert.Equal(["image-linux-amd64", "image-linux-arm-v7"], all.Select(static e => e.Request.Name));
        Assert.Equal("amd64", _s.Read("linux-amd64/arch"));
        Assert.Equal("amd64", _s.Read("linux-amd64/both"));
        Assert.Equal("arm", _s.Read("linux-arm-v7/arch"));
        Assert.Equal("below", _s.Read("linux-arm-v7/both"));
        foreach (string name in (string[])["linux-amd64", "linux-arm-v7"])
        {
            Assert.True(System.IO.File.Exists(_s[$"out/config.{name}.json"]));
            Assert.True(System.IO.File.Exists(_s[$"out/config.{name}.props"]));
            Assert.True(System.IO.File.Exists(_s[$"out/rootfs.{name}.mtree"]));
        }
        Assert.False(System.IO.File.Exists(_s.Json));
        _s.ShouldHaveNoLitter();
    }

    [Fact]
    public void Each_tree_is_what_the_platform_alone_would_be()
    {
        Save(Amd, Arm);
        Extract();
        foreach ((string platform, string name) in ((string, string)[])[("linux/amd64", "linux-amd64"), ("linux/arm/v7", "linux-arm-v7")])
        {
            _s.Extract(r => r.With(OutputKind.Mtree, _s[$"alone/{name}.mtree"]) with { Platform = platform, RootfsDirectory = _s["alone/" + name] });
            Assert.Equal(DiskTree.Of(_s["alone/" + name]), DiskTree.Of(_s["out/rootfs/" + name]));
            Assert.Equal(System.IO.File.ReadAllBytes(_s[$"alone/{name}.mtree"]), System.IO.File.ReadAllBytes(_s[$"out/rootfs.{name}.mtree"]));
        }
    }

    [Fact]
    public void A_second_time_nothing_is_done_and_one_platform_that_changed_is_done_alone()
    {
        Save(Amd, Arm);
        Extract();
        IReadOnlyList<string> before = _s.Snapshot();
        Assert.All(Extract(), static e => Assert.False(e.Result.Extracted));
        Assert.All(Extract(static r => r with { FailIfNotUpToDate = true }), static e => Assert.False(e.Result.Extracted));
        Assert.Equal(before, _s.Snapshot());

        Save(Amd, Image.Of(Common).For("linux/arm/v7"));
        Assert.Equal([false, true], Extract().Select(static e => e.Result.Extracted));
    }

    [Fact]
    public void A_platform_that_the_image_no_longer_has_loses_its_tree_and_files()
    {
        Save(Amd, Arm);
        Extract();
        Save(Amd);
        Assert.Equal("OCI7004", Fails(static r => r with { FailIfNotUpToDate = true }).Code);
        Extract();
        Assert.Equal(["linux-amd64"], Directory.EnumerateDirectories(_s.Rootfs).Select(Path.GetFileName));
        Assert.False(Path.Exists(_s["out/rootfs/.linux-arm-v7.oci"]));
        Assert.False(Path.Exists(_s["out/config.linux-arm-v7.json"]));
    }

    [Fact]
    public void Clean_removes_all_of_it()
    {
        Save(Amd, Arm);
        Extract();
        string parent = Assert.Single(Below(), static l => l.StartsWith("out d ", StringComparison.Ordinal));
        Assert.True(RootfsExtractor.Clean(_s.Rootfs, _s.Outputs, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal([parent], Below());

        IEnumerable<string> Below() => DiskTree.Of(_s.Place).Where(static l => l.StartsWith("out", StringComparison.Ordinal));
    }

    [Fact]
    public void Clean_does_without_the_files_whose_directory_is_gone()
    {
        Save(Amd, Arm);
        Extract(r => r.With(OutputKind.Mtree, _s["obj/oci/rootfs.mtree"]));
        Directory.Delete(_s["obj"], recursive: true);
        Assert.True(RootfsExtractor.Clean(_s.Rootfs, _s.Outputs, cancellation: TestContext.Current.CancellationToken));
        Assert.False(Path.Exists(_s.Rootfs));
    }

    [Fact]
    public void A_platform_that_the_image_no_longer_has_goes_without_files_whose_directory_is_gone()
    {
        Save(Amd, Arm);
        Extract(r => r.With(OutputKind.Mtree, _s["obj/oci/rootfs.mtree"]));
        Directory.Delete(_s["obj"], recursive: true);
        Save(Amd);
        Extract(r => r.With(OutputKind.Mtree, _s["obj/oci/rootfs.mtree"]));
        Assert.Equal(["linux-amd64"], Directory.EnumerateDirectories(_s.Rootfs).Select(Path.GetFileName));
    }

    [Fact]
    public void A_file_that_can_not_be_removed_is_named()
    {
        Save(Amd);
        Extract();
        string stuck = _s["out/rootfs.linux-amd64.mtree"];
        System.IO.File.Delete(stuck);
        Directory.CreateDirectory(stuck);
        OciException error = Assert.Throws<OciException>(() => RootfsExtractor.Clean(_s.Rootfs, _s.Outputs, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("OCI5011", error.Code);
        Assert.Equal(stuck, error.Entry);
        Assert.False(System.IO.File.Exists(_s["out/config.linux-amd64.json"]));
    }

    [Fact]
    public void One_platform_takes_the_place_of_all_and_all_of_one()
    {
        Save(Amd, Arm);
        Extract();
        _s.Extract(static r => r with { Platform = "linux/amd64" });
        Assert.Equal("amd64", _s.Read("arch"));
        Assert.Equal("OCI7004", Fails(static r => r with { FailIfNotUpToDate = true }).Code);
        Extract();
        Assert.Equal("amd64", _s.Read("linux-amd64/arch"));
        Assert.False(Path.Exists(_s["out/rootfs/arch"]));
        _s.ShouldHaveNoLitter();
    }

    [Fact]
    public void The_files_of_one_tree_and_those_of_all_take_each_others_place()
    {
        Save(Amd, Arm);
        Extract();
        _s.Extract(static r => r with { Platform = "linux/amd64" });
        Assert.Equal(["config.json", "config.props", "rootfs.mtree"], FilesInOut());

        Extract();
        Assert.Equal(
            ["config.linux-amd64.json", "config.linux-amd64.props", "config.linux-arm-v7.json", "config.linux-arm-v7.props", "rootfs.linux-amd64.mtree", "rootfs.linux-arm-v7.mtree"],
            FilesInOut());

        IEnumerable<string?> FilesInOut() => Directory.EnumerateFiles(_s.Out).Select(Path.GetFileName).Where(static f => f![0] != '.').Order(StringComparer.Ordinal);
    }

    [Fact]
    public void One_tree_comes_back_where_none_of_all_comes_about()
    {
        Save(Amd, Arm);
        _s.Extract(static r => r with { Platform = "linux/amd64" });
        IReadOnlyList<string> before = DiskTree.Of(_s.Place);
        ImageLayout layout = ImageLayout.Of(Amd, Arm);
        layout.Forge(layout.Add(Common.Blob), [.. Common.Blob[..^1], 7]).SaveArchive(_s.Image);

        Assert.Equal("OCI3002", Fails().Code);

        Save(Amd, Arm);
        Assert.Equal(before, DiskTree.Of(_s.Place));
        Assert.False(_s.Extract(static r => r with { Platform = "linux/amd64" }).Extracted);
    }

    [Fact]
    public void A_directory_that_is_not_ours_is_refused()
    {
        Save(Amd);
        Directory.CreateDirectory(_s.Rootfs);
        System.IO.File.WriteAllText(_s["out/rootfs/mine"], "");
        Assert.Equal("OCI5001", Fails().Code);
        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(_s.Rootfs).Select(Path.GetFileName));
        Assert.False(Path.Exists(_s["out/.rootfs.oci"]));
    }

    [Fact]
    public void Where_no_tree_comes_about_nothing_is_left()
    {
        ImageLayout layout = ImageLayout.Of(Amd, Arm);
        layout.Forge(layout.Add(Common.Blob), [.. Common.Blob[..^1], 7]).SaveArchive(_s.Image);
        Assert.Equal("OCI3002", Fails().Code);
        Assert.False(Path.Exists(_s["out"]));
    }

    [Fact]
    public void Nothing_is_made_where_nothing_may_be_done()
    {
        Save(Amd);
        Assert.Equal("OCI7004", Fails(static r => r with { FailIfNotUpToDate = true }).Code);
        Assert.False(Path.Exists(_s["out"]));
    }

    [Fact]
    public void Nothing_is_removed_where_nothing_may_be_done()
    {
        Save(Amd);
        Extract();
        RootfsExtractor.Clean(_s["out/rootfs/linux-amd64"], cancellation: TestContext.Current.CancellationToken);
        IReadOnlyList<string> before = _s.Snapshot();
        Assert.Equal("OCI7004", Fails(static r => r with { FailIfNotUpToDate = true }).Code);
        Assert.Equal(before, _s.Snapshot());
    }

    [Fact]
    public void A_place_whose_state_file_cannot_be_made_is_given_back()
    {
        Save(Amd);
        string longest = new('n', 253); // Its mark's name is longer than a name may be.
        OciException error = Fails(r => r with { RootfsDirectory = _s["new/place/" + longest] });
        Assert.StartsWith("OCI50", error.Code, StringComparison.Ordinal);
        Assert.False(Path.Exists(_s["new"]));
    }

    [Theory]
    [InlineData("../x/y")]
    [InlineData("linux/a b")]
    [InlineData(".linux/amd64")]
    [InlineData("linux/a\nb")]
    public void A_platform_that_can_be_no_directory_is_an_error(string platform)
    {
        Save(Image.Of(Common).For(null) with
        {
            EditDescriptor = d => d["platform"] = new System.Text.Json.Nodes.JsonObject { ["os"] = platform[..platform.LastIndexOf('/')], ["architecture"] = platform[(platform.LastIndexOf('/') + 1)..] },
        });
        Assert.Equal("OCI2024", Fails().Code);
        Assert.False(Path.Exists(_s["out"]));
    }

    [Fact]
    public void Two_platforms_of_one_directory_are_an_error()
    {
        Save(Amd.For("a-b/c"), Arm.For("a/b-c"));
        Assert.Equal("OCI2024", Fails().Code);
    }

    [Fact]
    public void Several_names_for_one_platform_are_a_question_and_a_reference_is_the_answer()
    {
        Save(Amd.Tagged("v1"), Arm.Tagged("v1"), (Amd with { Layers = [Common] }).Tagged("v2"));
        Assert.Equal("OCI2003", Fails().Code);
        Assert.Equal(2, Extract(static r => r with { Reference = "v1" }).Count);
    }

    [Fact]
    public void Too_many_platforms_are_an_error()
    {
        Save(Enumerable.Range(0, 101).Select(i => Amd.For($"linux/a{i}")));
        Assert.Equal("OCI4231", Fails().Code);
    }

    [Fact]
    public void An_image_that_names_no_platform_is_this_machines()
    {
        Save(Image.Of(Common).For(null));
        RootfsExtraction only = Assert.Single(Extract());
        Assert.StartsWith("linux/", only.Result.Platform, StringComparison.Ordinal);
    }
}
