using Microsoft.Build.Execution;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>
/// Paths with characters that mean something to MSBuild. The tasks' parameters are items, which MSBuild splits, trims and unescapes unless
/// the targets prevent it.
/// </summary>
public sealed class SpecialPathTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("a;b", "a;b")]
    [InlineData("a%3bb", "a;b")]
    [InlineData("a%253bb", "a%3bb")]
    [InlineData("a%5cb", "a\\b")]
    [InlineData(" a ", " a ")]
    [InlineData("%40(OciImage) %24(OutDir) it's 100%25 %2a?", "@(OciImage) $(OutDir) it's 100% *?")]
    public void Every_output_is_where_its_metadata_says(string written, string meant)
    {
        _ = new SampleImage(_project);
        _project.Image(
            "image", ("Platform", SampleImage.Platform), ("RootfsDirectory", written), ("ConfigJson", written + ".json"), ("ConfigProps", written + ".props"),
            ("Mtree", written + ".mtree"));

        ProjectItemInstance tree = Assert.Single(_project.Build().MustSucceed().Items("OciRootfs"));

        Assert.Equal(_project.PathOf(meant + ".mtree"), tree.GetMetadataValue("Mtree"));
        Assert.True(File.Exists(_project.PathOf(meant, "etc/motd")));
        Assert.All([".json", ".props", ".mtree"], ending => Assert.True(File.Exists(_project.PathOf(meant + ending))));
        Assert.Equal(_project.PathOf(meant) + "/", tree.EvaluatedInclude);
        _project.Build("Clean").MustSucceed();
        Assert.Equal(["image", "obj"], Directory.EnumerateFileSystemEntries(_project.Directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("a;b", "a;b")]
    [InlineData("a%3bb%27c", "a;b'c")]
    [InlineData("it's %24(OutDir) %40(X)", "it's $(OutDir) @(X)")]
    public void The_cache_is_where_its_property_says(string written, string meant)
    {
        byte[] archive = Image.Of(Tars.Of(Tars.File("etc/motd", "hello"))).ToLayout().ToArchive();
        File.WriteAllBytes(_project.PathOf("image.tar.gz"), ImageLayer.GzipOf(archive));
        _project.Property("OciCacheDirectory", written).Image("image.tar.gz", ("Platform", "linux/amd64"));

        _project.Build().MustSucceed();

        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(_project.PathOf(meant)));
        _project.Build("Clean").MustSucceed();
        Assert.False(Directory.Exists(_project.PathOf(meant)) && Directory.EnumerateFiles(_project.PathOf(meant)).Any());
    }
}
