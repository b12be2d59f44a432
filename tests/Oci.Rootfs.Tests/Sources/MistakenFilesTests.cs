using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>What stands where an image should be because a tool did not fetch it.</summary>
public sealed class MistakenFilesTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    private static readonly Image A = Image.Of(Tars.Of(Tars.File("a"))).For("linux/amd64");

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private OciException Fails(string code, string content)
    {
        File.WriteAllText(_directory["i.tar"], content);
        return Error(code, () => ImageSources.Open(new ImageReference(_directory["i.tar"]) { DisplayName = "i" }, new EngineContext()));
    }

    [Fact]
    public void A_git_lfs_pointer_is_told_with_the_command_that_fetches_the_file()
    {
        OciException e = Fails("OCI1005", Pointer);
        Assert.Contains("Git LFS pointer", e.Found, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "web page")]
    [InlineData("\ufeff\r\n  <!doctype HTML>", "web page")]
    [InlineData("<HTML><body>404</body></HTML>", "web page")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML")]
    public void A_page_that_a_server_answered_with_is_told(string content, string found)
    {
        foreach (string text in (string[])[content, content.PadRight(5000)])
        {
            OciException e = Fails("OCI1005", text);
            Assert.Contains(found, e.Found, StringComparison.Ordinal);
            Assert.Contains("download", e.Hint, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("index.json")]
    [InlineData("oci-layout")]
    [InlineData("manifest")]
    [InlineData("config")]
    public void A_git_lfs_pointer_in_a_layout_is_told(string file)
    {
        string name = file switch { "manifest" => ImageLayout.Path(A.Digest), "config" => ImageLayout.Path(A.ConfigDigest), _ => file };
        A.ToLayout().With(name, Pointer).SaveDirectory(_directory["i"]);

        OciException e = Error("OCI1020", () =>
        {
            using var source = ImageSources.Open(new ImageReference(_directory["i"]) { DisplayName = "i" }, new EngineContext());
            ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load();
        });

        Assert.Contains("git lfs pull", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "names no file")]
    [InlineData("./", "names no file")]
    [InlineData("/", "names no file")]
    [InlineData("../layer.tar", "leads out of the archive")]
    public void A_layer_name_that_is_no_name_is_told_for_what_it_is(string name, string found)
    {
        string config = A.ConfigDigest.Split(':')[1] + ".json";
        File.WriteAllBytes(_directory["i.tar"], Tars.Of(Tars.File(config, A.ToLayout().Files[ImageLayout.Path(A.ConfigDigest)]), Tars.File("manifest.json", $$"""[{"Config":"{{config}}","Layers":["{{name}}"]}]""")));
        Assert.Contains(found, Error("OCI1017", () => ImageSources.Open(new ImageReference(_directory["i.tar"]) { DisplayName = "i" }, new EngineContext())).Found, StringComparison.Ordinal);
    }
}
