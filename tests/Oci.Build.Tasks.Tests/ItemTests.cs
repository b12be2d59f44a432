using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>The tasks read an image's item: its metadata replace the parameters that are not set.</summary>
public sealed class ItemTests : IDisposable
{
    private readonly TestProject _project = new TestProject().UsingTasks().Target("Build");

    public void Dispose() => _project.Dispose();

    private static readonly (string, string)[] Call = [("Image", "image"), ("RootfsDirectory", "out/tree/"), ("Item", "@(Image)")];

    [Fact]
    public void What_is_no_parameter_is_read_from_the_item()
    {
        _ = new SampleImage(_project);
        _project.Item("Image", "image", ("Platform", SampleImage.Platform), ("Name", "other"), ("Mtree", "a b;c.mtree"));

        _project.Task("ExtractOciRootfs", Call).Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("a b;c.mtree")));
        Assert.Contains("\"other\"", File.ReadAllText(_project.PathOf("out/tree.props")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_goes_before_the_item()
    {
        _ = new SampleImage(_project);
        _project.Item("Image", "image", ("Platform", "linux/vax"), ("Mtree", "other.mtree"), ("Limits", "MaxNodes=1"));

        _project.Task("ExtractOciRootfs", [.. Call, ("Platform", SampleImage.Platform), ("Mtree", "own.mtree"), ("Limits", "MaxNodes=100")]).Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("own.mtree")));
        Assert.False(File.Exists(_project.PathOf("other.mtree")));
    }

    [Fact]
    public void A_listing_reads_the_item_too()
    {
        _ = new SampleImage(_project);
        _project.Item("Image", "image", ("Platform", SampleImage.Platform), ("Limits", "MaxJsonBytes=10"));

        Assert.Equal("OCI4224", _project.Task("ListOciImages", [("Image", "image"), ("Item", "@(Image)")]).Build().Error.Code);
    }

    [Theory]
    [InlineData("MakeWritable", "perhaps")]
    [InlineData("KeepDirectorySymlinks", "1")]
    public void A_switch_that_is_neither_on_nor_off_is_an_error(string name, string value)
    {
        BuildErrorEventArgs error = _project.Item("Image", "image", (name, value)).Task("ExtractOciRootfs", Call).Build().Error;

        Assert.Equal("OCI7011", error.Code);
        Assert.Contains($"{name} is neither true nor false: found '{value}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("off", false)]
    [InlineData("FALSE", false)]
    public void A_switch_has_MSBuilds_own_words(string word, bool on)
    {
        _ = new SampleImage(_project);
        _project.Item("Image", "image", ("Platform", SampleImage.Platform)).Task("ExtractOciRootfs", [.. Call, ("MakeWritable", on ? "true" : "false")]).Build().MustSucceed();

        // Another value would change the key, and the engine would make the tree again.
        Outcome outcome = _project.Task("ExtractOciRootfs", [.. Call, ("MakeWritable", word)], ("Extracted", "X")).Build().MustSucceed();

        Assert.Equal("False", outcome.Property("X"));
    }

    [Fact]
    public void One_image_in_two_items_is_two_calls_of_each_task()
    {
        using TestProject project = new TestProject().ImportPackage();
        _ = new SampleImage(project);
        project.Image("image", ("Platform", SampleImage.Platform)).Image("image", ("Platform", SampleImage.Platform), ("Name", "again"));

        Outcome outcome = project.Build("ListOciImages", "ExtractOciRootfs").MustSucceed();

        Assert.Equal(2, outcome.Items("OciImageManifest").Count);
        Assert.Equal(["image", "again"], outcome.Items("OciRootfs").Select(static item => item.GetMetadataValue("Name")));
    }
}
