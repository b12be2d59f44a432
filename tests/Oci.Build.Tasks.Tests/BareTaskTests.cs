using Oci.Build.Tasks.Tests.Harness;
using Oci.Rootfs;

namespace Oci.Build.Tasks.Tests;

/// <summary>The task in a project that only has a UsingTask.</summary>
public sealed class BareTaskTests : IDisposable
{
    private readonly TestProject _project = new TestProject().UsingTasks().Target("Build");

    public void Dispose() => _project.Dispose();

    private static readonly (string, string)[] Required = [("Image", "image"), ("RootfsDirectory", "out/tree/")];

    [Fact]
    public void Image_and_RootfsDirectory_are_enough()
    {
        _ = new SampleImage(_project);

        // The sample's image is for one platform, and the machine may have another one.
        _project.Task("ExtractOciRootfs", [.. Required, ("Platform", SampleImage.Platform)]).Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("out/tree/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("out/tree.config.json")));
        Assert.True(File.Exists(_project.PathOf("out/tree.props")));
        Assert.True(File.Exists(_project.PathOf("out/tree.mtree")));
    }

    [Theory]
    [InlineData("", "test")]
    [InlineData("some/other.thing.proj", "other.thing")]
    public void The_line_that_says_where_begins_with_the_name_of_the_project(string projectFile, string name)
    {
        _ = new SampleImage(_project);

        Outcome outcome = _project.Task("ExtractOciRootfs", [.. Required, ("Platform", SampleImage.Platform), ("ProjectFile", projectFile)]).Build().MustSucceed();

        Assert.Contains(outcome.Messages, message => message.Message == $"{name} -> {_project.PathOf("out/tree")}/");
    }

    [Fact]
    public void Without_an_image_MSBuild_says_so()
    {
        Outcome outcome = _project.Task("ExtractOciRootfs", [.. Required.Where(static p => p.Item1 != "Image")]).Build();

        Assert.Equal("MSB4044", outcome.Error.Code);
        Assert.Contains("\"Image\"", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_directory_and_an_archive_there_is_nothing_to_make() =>
        Assert.Equal("OCI6306", _project.Task("ExtractOciRootfs", [.. Required.Where(static p => p.Item1 != "RootfsDirectory")]).Build().Error.Code);

    [Fact]
    public void Without_a_directory_an_archive_is_enough_and_nothing_is_written_beside_it()
    {
        _ = new SampleImage(_project);

        Outcome outcome = _project.Task("ExtractOciRootfs", [("Image", "image"), ("Platform", SampleImage.Platform), ("RootfsArchive", "out/a.tar;out/b.tar.gz")], ("RootfsArchive", "A"), ("ArchiveDigests", "D")).Build().MustSucceed();

        Assert.Equal([".a.tar.oci", "a.tar", "b.tar.gz"], Directory.GetFiles(_project.PathOf("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal($"{_project.PathOf("out/a.tar")};{_project.PathOf("out/b.tar.gz")}", outcome.Property("A"));
        Assert.Equal(2, outcome.Property("D").Split(';').Length);
    }

    [Fact]
    public void The_outputs_are_properties_of_the_same_build()
    {
        SampleImage image = new(_project);

        Outcome outcome = _project.Task(
            "ExtractOciRootfs", [.. Required, ("Platform", SampleImage.Platform)],
            ("Platform", "P"), ("ManifestDigest", "M"), ("ConfigDigest", "C"), ("LayerDigests", "L"), ("Extracted", "X"), ("Env", "E"), ("User", "U"),
            ("ConfigJson", "J")).Build().MustSucceed();

        Assert.Equal("linux/amd64", outcome.Property("P"));
        Assert.Equal(image.ManifestDigest, outcome.Property("M"));
        Assert.Equal(image.ConfigDigest, outcome.Property("C"));
        Assert.Equal(string.Join(';', image.LayerDigests), outcome.Property("L"));
        Assert.Equal("True", outcome.Property("X"));
        Assert.Equal("""["PATH=/usr/bin","GREETING=100% yours; $(really)"]""", outcome.Property("E"));
        Assert.Equal("app", outcome.Property("U"));
        Assert.Equal(_project.PathOf("out/tree.config.json"), outcome.Property("J"));
    }

    private static readonly string[] OfOneImage =
    [
        .. OutputKind.All.Select(static kind => kind.Name), "ArchiveDigests", "Platform", "ManifestDigest", "ConfigDigest", "LayerDigests", "Entrypoint", "Cmd", "Env", "WorkingDirectory", "User",
        "StopSignal", "ExposedPorts", "Volumes", "Labels",
    ];

    [Fact]
    public void The_outputs_are_what_the_item_says()
    {
        _ = new SampleImage(_project);

        Outcome outcome = ExtractToAllOutputs(SampleImage.Platform);

        // The task writes optional files only where it is asked to.
        string[] empty = [.. OutputKind.All.Where(static kind => kind.IsOptional).Select(static kind => kind.Name), "StopSignal", "ExposedPorts", "Volumes", "Cmd"];
        var item = Assert.Single(outcome.Items("Tree"));
        Assert.All(OfOneImage, name => Assert.Equal(item.GetMetadataValue(name), outcome.Property("Of" + name)));
        Assert.All(OfOneImage.Except(empty), name => Assert.NotEqual("", outcome.Property("Of" + name)));
    }

    [Fact]
    public void Outputs_that_speak_of_one_image_are_empty_where_all_platforms_were_asked_for()
    {
        _ = new SampleImage(_project);

        Outcome outcome = ExtractToAllOutputs("all");

        Assert.Single(outcome.Items("Tree"));
        Assert.All(OfOneImage, name => Assert.Equal("", outcome.Property("Of" + name)));
    }

    private Outcome ExtractToAllOutputs(string platform) => _project
        .Task("ExtractOciRootfs", [.. Required, ("RootfsArchive", "out/tree.tar;out/%3B.tar.gz"), ("Platform", platform)], [.. OfOneImage.Select(static name => (name, "Of" + name))])
        .TaskToItems("ExtractOciRootfs", [.. Required, ("RootfsArchive", "out/tree.tar;out/%3B.tar.gz"), ("Platform", platform)], ("Rootfs", "Tree"))
        .Build().MustSucceed();

    [Theory]
    [InlineData("Ownership", "Preserved", "OCI7001", "expected Auto, Preserve or Record, found 'Preserved'")]
    [InlineData("Ownership", "1", "OCI7001", "found '1'")]
    [InlineData("SourceDateEpoch", "yesterday", "OCI7002", "found 'yesterday'")]
    [InlineData("SourceDateEpoch", "-1", "OCI7002", "found '-1'")]
    [InlineData("SourceDateEpoch", "99999999999999999999", "OCI7002", "seconds since")]
    [InlineData("ConfigJson", "out/tree/etc/config.json", "OCI7003", "inside the tree")]
    [InlineData("ConfigProps", "out/tree.mtree", "OCI7003", "same place")]
    [InlineData("Name", "../up", "OCI7006", "../up")]
    [InlineData("Mtree", "a%00b", "OCI7006", "a%00b")]
    public void A_bad_parameter_is_one_coded_error_with_its_page(string parameter, string value, string code, string text)
    {
        Outcome outcome = _project.Task("ExtractOciRootfs", [.. Required, (parameter, value)]).Build();

        Assert.Equal(code, outcome.Error.Code);
        Assert.Equal("image", outcome.Error.File);
        Assert.Contains(text, outcome.Error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"/docs/errors/{code}.md", outcome.Error.HelpLink, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.PathOf("out")));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("RECORD")]
    public void Ownership_is_read_in_upper_and_lower_case(string ownership)
    {
        _ = new SampleImage(_project);

        _project.Task("ExtractOciRootfs", [.. Required, ("Platform", SampleImage.Platform), ("Ownership", ownership)]).Build().MustSucceed();
    }
}
