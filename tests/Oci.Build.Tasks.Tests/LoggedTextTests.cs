using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>
/// A build's log only shows the text of an image. MSBuild can take a text for its own form of errors (<c>origin error CODE: text</c>) and
/// replace words in braces. It must do neither with our texts.
/// </summary>
public sealed class LoggedTextTests : IDisposable
{
    private static readonly Image Good = Image.Of(Tars.Of(Tars.File("a"))).For("linux/amd64");

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    /// <summary>MSBuild examines the first 400 characters.</summary>
    public static TheoryData<string> Texts => ["x error EVIL1: a", "a.cs(1,2): warning EVIL2: b", "error EVIL3 : c", "x error EVIL4: " + new string('d', 400), "{0} {1:x} {{ } {", "error {0}: {"];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_name_in_a_listing_is_text(string name)
    {
        ImageLayout.Of(Good.Tagged(name) with { FullName = "other" }).SaveArchive(_project.PathOf("app.tar"));
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        Says(_project.Build("ListOciImages"), name);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_name_in_a_listing_by_the_task_alone_is_text(string name)
    {
        ImageLayout.Of(Good.Tagged(name) with { FullName = "other" }).SaveArchive(_project.PathOf("app.tar"));

        Says(_project.UsingTasks().Target("Build").Task("ListOciImages", [("Image", "app.tar")]).Build(), name);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_media_type_in_a_message_is_text(string mediaType)
    {
        ImageLayout.Of(Good, new ImageDescriptor(mediaType, "sha256:" + new string('0', 64))).SaveArchive(_project.PathOf("app.tar"));
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        Says(_project.Build(), $"media type {mediaType} and is skipped");
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_file_name_in_an_error_is_text(string name)
    {
        Image.Of(ImageLayer.Plain(Tars.Of(Tars.File("../" + name)))).For("linux/amd64").SaveArchive(_project.PathOf("app.tar"));
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        Outcome outcome = _project.Build();

        Assert.Equal("OCI4101", outcome.Error.Code);
        Assert.Contains($"../{name}", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_platform_in_a_warning_is_text(string architecture)
    {
        (Good with { EditConfig = c => c["architecture"] = architecture }).SaveArchive(_project.PathOf("app.tar"));
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Contains(architecture, Assert.Single(outcome.Warnings).Message, StringComparison.Ordinal);
        Assert.StartsWith("OCI", outcome.Warnings[0].Code, StringComparison.Ordinal);
        Assert.Contains(outcome.Messages, m => m.Message!.Contains($"(linux/{architecture}, ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_platform_in_the_last_message_is_one_line()
    {
        (Good with { EditConfig = static c => c["architecture"] = "a\nb\u001b[31m" }).SaveArchive(_project.PathOf("app.tar"));
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Contains(outcome.Messages, static m => m.Message!.Contains("(linux/a%0Ab%1B[31m, ", StringComparison.Ordinal));
    }

    private static void Says(Outcome outcome, string text)
    {
        outcome.MustSucceed();
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
        Assert.Contains(outcome.Messages, m => m.Message!.Contains(text, StringComparison.Ordinal));
    }
}
