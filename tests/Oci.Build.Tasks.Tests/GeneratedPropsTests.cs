using System.Text.Json.Nodes;
using Microsoft.Build.Execution;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>MSBuild evaluates a file with texts of the image's author. Each text must come out as the author wrote it.</summary>
public sealed class GeneratedPropsTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage().Property("OciPlatform", "linux/amd64");

    public static TheoryData<string> Texts =>
    [
        "$([System.IO.File]::ReadAllText('/etc/passwd'))",
        "$(MSBuildProjectDirectory)",
        "%24(MSBuildProjectDirectory)",
        "%2524(MSBuildProjectDirectory)",
        "@(Canary)",
        "@(Canary->'%(FullPath)', ' ')",
        "%(Canary.Identity)",
        "a;b;c",
        "*",
        "/**/*",
        "?",
        "'\"><Target Name=\"Evil\" /><x y=\"",
        "<![CDATA[",
        "&amp;&#0;",
        "a\nb\r\n\tc",
        "back\\slash",
        "  spaces  ",
        "-->",
        "100% sure; $(or) @(not)",
        "Grüße, 世界 🌍",
    ];

    public void Dispose() => _project.Dispose();

    [Theory]
    [MemberData(nameof(Texts))]
    public void Nothing_from_an_image_is_evaluated(string text)
    {
        WriteImage(text);
        _project.Image("image.tar").Build().MustSucceed();

        using TestProject user = new();
        Outcome imported = user.Item("Canary", "tweet").Import(_project.PathOf("obj/oci/image.props")).Target("Build").Build().MustSucceed();

        ProjectItemInstance config = Assert.Single(imported.Items("OciImageConfig"));
        Assert.Equal("image", config.EvaluatedInclude);
        Assert.Equal(text, config.GetMetadataValue("User"));
        Assert.Equal(text, config.GetMetadataValue("WorkingDirectory"));
        Assert.Equal([text], JsonNode.Parse(config.GetMetadataValue("Entrypoint"))!.AsArray().Select(static e => (string)e!));
        Assert.Equal(text, Assert.Single(imported.Items("OciImageEnv")).GetMetadataValue("Value"));
        ProjectItemInstance label = Assert.Single(imported.Items("OciImageLabel"));
        Assert.Equal((text, text), (label.GetMetadataValue("Name"), label.GetMetadataValue("Value")));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Nor_in_the_items_of_the_same_build(string text)
    {
        WriteImage(text);

        Outcome outcome = _project.Item("Canary", "tweet").Image("image.tar").Build().MustSucceed();

        ProjectItemInstance rootfs = Assert.Single(outcome.Items("OciRootfs"));
        Assert.Equal(text, rootfs.GetMetadataValue("User"));
        Assert.Equal([text], JsonNode.Parse(rootfs.GetMetadataValue("Entrypoint"))!.AsArray().Select(static e => (string)e!));
        Assert.Equal(["E=" + text], JsonNode.Parse(rootfs.GetMetadataValue("Env"))!.AsArray().Select(static e => (string)e!));
        Assert.Equal(text, (string)JsonNode.Parse(rootfs.GetMetadataValue("Labels"))![text]!);
    }

    [Fact]
    public void Two_images_props_are_told_apart_by_Image()
    {
        WriteImage("one", "one.tar");
        WriteImage("two", "two.tar");
        _project.Image("one.tar").Image("two.tar").Build().MustSucceed();

        using TestProject user = new();
        user.Import(_project.PathOf("obj/oci/one.props")).Import(_project.PathOf("obj/oci/two.props"));
        Outcome imported = user.Target("Build").Build().MustSucceed();

        Assert.Equal([("one", "one"), ("two", "two")], imported.Items("OciImageEnv").Select(static i => (i.GetMetadataValue("Image"), i.GetMetadataValue("Value"))));
    }

    private void WriteImage(string text, string file = "image.tar") => Image.Of(Tars.Of(Tars.Dir("etc"))).For("linux/amd64").WithConfig(new JsonObject
    {
        ["User"] = text,
        ["WorkingDir"] = text,
        ["Entrypoint"] = new JsonArray(text),
        ["Env"] = new JsonArray("E=" + text),
        ["Labels"] = new JsonObject { [text] = text },
    }).SaveArchive(_project.PathOf(file));
}
