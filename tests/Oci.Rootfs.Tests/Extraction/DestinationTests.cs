using Oci.Images;
using Oci.Rootfs.Errors;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

public sealed class DestinationTests
{
    private static ImageLayer Layer(string content) => Of(File("f", content));

    [Fact]
    public void A_second_extraction_does_nothing()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        IReadOnlyList<string> before = s.Snapshot();

        RootfsResult again = s.Extract();

        Assert.False(again.Extracted);
        Assert.Equal(before, s.Snapshot());
    }

    [Fact]
    public void A_touched_or_copied_image_with_the_same_digests_is_not_extracted_again()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        System.IO.File.Move(s.Image, s["elsewhere.tar"]);
        System.IO.File.SetLastWriteTimeUtc(s["elsewhere.tar"], DateTime.UtcNow.AddDays(1));

        Assert.False(s.Extract(r => r with { Image = s["elsewhere.tar"] }).Extracted);
    }

    [Fact]
    public void The_same_image_as_a_layout_directory_is_not_extracted_again()
    {
        Image image = Image.Of(Layer("1")).For(null);
        using Scenario s = new Scenario().With(image);
        s.Extract();
        image.SaveDirectory(s["layout"]);

        Assert.False(s.Extract(r => r with { Image = s["layout"] }).Extracted);
    }

    [Fact]
    public void A_changed_image_replaces_the_tree_whole()
    {
        using Scenario s = new Scenario().With(Of(File("f", "1"), File("old", "1")));
        s.Extract();
        s.With(Layer("2"));

        Assert.True(s.Extract().Extracted);

        Assert.Equal(["d 755", "f f 644"], DiskTree.Of(s.Rootfs));
        Assert.Equal("2", s.Read("f"));
        s.ShouldHaveNoLitter();
    }

    [Theory]
    [InlineData("rootfs")]
    [InlineData("config.json")]
    [InlineData("config.props")]
    [InlineData("rootfs.mtree")]
    public void A_removed_output_is_made_again(string output)
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        Command.Run("rm", "-rf", s["out/" + output]);

        Assert.True(s.Extract().Extracted);
        Assert.True(Path.Exists(s["out/" + output]));
    }

    [Fact]
    public void A_changed_option_extracts_again()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();

        Assert.True(s.Extract(static r => r with { MakeWritable = true }).Extracted);
        Assert.True(s.Extract(static r => r with { MakeWritable = true, Ownership = Ownership.Record }).Extracted);
        Assert.False(s.Extract(static r => r with { MakeWritable = true, Ownership = Ownership.Record }).Extracted);
    }

    [Fact]
    public void A_directory_of_somebody_else_is_refused_and_untouched()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        Directory.CreateDirectory(s.Rootfs);
        System.IO.File.WriteAllText(s["out/rootfs/mine"], "precious");
        IReadOnlyList<string> before = DiskTree.Times(s.Rootfs);

        OciException error = s.Fails();

        Assert.Equal("OCI5001", error.Code);
        Assert.Contains(s.Rootfs, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, DiskTree.Times(s.Rootfs));
        Assert.Equal(["rootfs"], Directory.GetFileSystemEntries(s["out"]).Select(Path.GetFileName));
        Assert.Equal("precious", System.IO.File.ReadAllText(s["out/rootfs/mine"]));
    }

    [Fact]
    public void A_directory_put_in_the_place_of_ours_is_not_ours()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        Directory.Move(s.Rootfs, s["out/kept"]);
        Directory.CreateDirectory(s.Rootfs);
        System.IO.File.WriteAllText(s["out/rootfs/mine"], "precious");

        Assert.Equal("OCI5001", s.Fails().Code);
        Assert.Equal("precious", System.IO.File.ReadAllText(s["out/rootfs/mine"]));
    }

    [Fact]
    public void An_empty_directory_is_filled()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        Directory.CreateDirectory(s.Rootfs);

        Assert.True(s.Extract().Extracted);
        Assert.Equal("1", s.Read("f"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_destination_that_is_a_link_or_a_file_is_refused(bool link)
    {
        using Scenario s = new Scenario().With(Layer("1"));
        Directory.CreateDirectory(s["out"]);
        Directory.CreateDirectory(s["target"]);
        if (link)
            System.IO.File.CreateSymbolicLink(s.Rootfs, s["target"]);
        else
            System.IO.File.WriteAllText(s.Rootfs, "");

        Assert.Equal("OCI5002", s.Fails().Code);
        Assert.Empty(Directory.GetFileSystemEntries(s["target"]));
        Assert.True(System.IO.File.Exists(s.Rootfs) || Directory.Exists(s.Rootfs));
    }

    [Fact]
    public void Files_that_others_added_go_with_the_old_tree_and_are_counted()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        System.IO.File.WriteAllText(s["out/rootfs/mine"], "");
        s.With(Layer("2"));

        s.Extract();

        RootfsMessage warning = Assert.Single(s.Messages, static m => m.Kind == RootfsMessageKind.Warning);
        Assert.Equal("OCI5101", warning.Code);
        Assert.Contains("1 or more", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_that_is_not_what_it_says_leaves_no_trace()
    {
        using Scenario s = new Scenario().With(Layer("1") with { DiffId = "sha256:" + new string('0', 64) });
        IReadOnlyList<string> before = s.Snapshot();

        OciException error = s.Fails();

        Assert.Equal("OCI3003", error.Code);
        Assert.Contains("layer 1 of 1", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(s["out"]));
        Assert.Equal(before, s.Snapshot());
    }

    [Fact]
    public void A_failed_extraction_leaves_the_old_tree_and_its_state()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        IReadOnlyList<string> before = DiskTree.Times(s["out/rootfs"]);
        string good = s["good.tar"];
        System.IO.File.Copy(s.Image, good);
        Image.Of(Layer("2"), Layer("3") with { DiffId = "sha256:" + new string('0', 64) }).For(null).SaveArchive(s.Image);

        Assert.Equal("OCI3003", s.Fails().Code);

        Assert.Equal("1", s.Read("f"));
        Assert.Equal(before, DiskTree.Times(s["out/rootfs"]));
        s.ShouldHaveNoLitter();
        System.IO.File.Move(good, s.Image, overwrite: true);
        Assert.False(s.Extract().Extracted);
    }

    [Fact]
    public void An_output_that_cannot_be_put_in_place_brings_the_old_tree_back()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();
        s.With(Layer("2"));
        System.IO.File.Delete(s.Json);
        Directory.CreateDirectory(s["out/config.json/in the way"]);

        Assert.Equal("OCI5011", s.Fails().Code);

        Assert.Equal("1", s.Read("f"));
        s.ShouldHaveNoLitter();
        Directory.Delete(s.Json, recursive: true);
        Assert.True(s.Extract().Extracted);
        Assert.Equal("2", s.Read("f"));
    }

    [Fact]
    public void A_question_changes_nothing_and_says_no_then_yes()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        IReadOnlyList<string> before = s.Snapshot();

        Assert.Equal("OCI7004", s.Fails(static r => r with { FailIfNotUpToDate = true }).Code);
        Assert.Equal(before, s.Snapshot());

        s.Extract();
        Assert.False(s.Extract(static r => r with { FailIfNotUpToDate = true }).Extracted);
    }

    [Fact]
    public void Clean_removes_tree_and_state_file_and_nothing_else()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        s.Extract();

        Assert.True(RootfsExtractor.Clean(s.Rootfs, cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(["config.json", "config.props", "rootfs.mtree"], Directory.GetFileSystemEntries(s["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(RootfsExtractor.Clean(s.Rootfs, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Clean_refuses_a_directory_that_is_not_ours()
    {
        using Scenario s = new();
        Directory.CreateDirectory(s["out/rootfs/precious"]);

        Assert.Equal("OCI5001", Assert.Throws<OciException>(() => RootfsExtractor.Clean(s.Rootfs, cancellation: TestContext.Current.CancellationToken)).Code);
        Assert.True(Directory.Exists(s["out/rootfs/precious"]));
    }

    [Fact]
    public void What_stands_under_the_name_of_our_staging_without_a_state_file_is_refused()
    {
        using Scenario s = new Scenario().With(Layer("1"));
        Directory.CreateDirectory(s["out/.rootfs.oci-new/precious"]);

        Assert.Equal("OCI5010", s.Fails().Code);
        Assert.True(Directory.Exists(s["out/.rootfs.oci-new/precious"]));
    }

    [Fact]
    public void A_deep_tree_with_closed_directories_is_replaced_and_cleaned()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 300));
        using Scenario s = new Scenario().With(Of(File(deep + "/f", "1"), Dir("closed", mode: "0000"), Dir("d/d", mode: "0555")));
        s.Extract();
        s.With(Layer("2"));

        Assert.True(s.Extract().Extracted);
        Assert.True(RootfsExtractor.Clean(s.Rootfs, cancellation: TestContext.Current.CancellationToken));
        s.ShouldHaveNoLitter();
    }
}
