using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>Through the targets: archives compressed as a whole, all platforms of an image, the listing.</summary>
public sealed class ImageKindsTests : IDisposable
{
    private static readonly Image Amd = Image.Of(Tars.Of(Tars.File("a", "amd64"))).For("linux/amd64");
    private static readonly Image Arm = Image.Of(Tars.Of(Tars.File("a", "arm64"))).For("linux/arm64");

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    private string Save(string name, params IEnumerable<ImagePart> parts) => ImageLayout.Of(parts).SaveArchive(_project.PathOf(name));

    private string Read(params string[] path) => File.ReadAllText(_project.PathOf(["bin", "rootfs", .. path]));

    [Fact]
    public void A_compressed_archive_is_unpacked_below_obj_once_and_cleaned()
    {
        File.WriteAllBytes(_project.PathOf("app.tar.gz"), ImageLayer.GzipOf(Amd.ToLayout().ToArchive()));
        _project.Image("app.tar.gz", ("Platform", "linux/amd64")).ImportPackage();

        _project.Build().MustSucceed();
        Assert.Equal("amd64", Read("app", "a"));
        Assert.Single(Directory.GetFiles(_project.PathOf("obj", "oci", "cache"), "*.tar"));

        Outcome again = _project.Build().MustSucceed();
        Assert.DoesNotContain(again.Messages, static m => m.Message!.StartsWith("Unpacking", StringComparison.Ordinal));
        Assert.Equal("false", Assert.Single(again.Items("OciRootfs")).GetMetadataValue("Extracted"));

        _project.Build("Clean", "CleanOciRootfs").MustSucceed();
        Assert.False(Path.Exists(_project.PathOf("obj", "oci", "cache")));
        Assert.False(Path.Exists(_project.PathOf("bin", "rootfs", "app")));
    }

    [Fact]
    public void The_task_alone_unpacks_a_compressed_archive_without_a_cache_directory()
    {
        File.WriteAllBytes(_project.PathOf("app.tar.gz"), ImageLayer.GzipOf(Amd.ToLayout().ToArchive()));
        _project.UsingTasks().Target("Build").Task("ExtractOciRootfs", [("Image", "app.tar.gz"), ("RootfsDirectory", "out/app"), ("Platform", "linux/amd64")]);
        _project.Build().MustSucceed();
        Assert.True(Directory.Exists(_project.PathOf("out/app")));
    }

    [Fact]
    public void All_platforms_are_an_item_each_and_cleaned_together()
    {
        Save("app.tar", Amd, Arm);
        _project.Image("app.tar", ("Platform", "all")).ImportPackage();

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Equal(["linux/amd64", "linux/arm64"], outcome.Items("OciRootfs").Select(static i => i.GetMetadataValue("Platform")));
        Assert.Equal(["app-linux-amd64", "app-linux-arm64"], outcome.Items("OciRootfs").Select(static i => i.GetMetadataValue("Name")));
        foreach (var item in outcome.Items("OciRootfs"))
        {
            Assert.Equal(item.GetMetadataValue("Platform").Split('/')[1], File.ReadAllText(item.EvaluatedInclude + "a"));
            foreach (string file in (string[])["ConfigJson", "ConfigProps", "Mtree"])
                Assert.True(File.Exists(item.GetMetadataValue(file)));
        }
        Assert.True(File.Exists(_project.PathOf("bin", "rootfs", "app.config.linux-arm64.json")));
        Assert.True(File.Exists(_project.PathOf("obj", "oci", "app.linux-arm64.props")));
        Assert.All(_project.Build().MustSucceed().Items("OciRootfs"), static i => Assert.Equal("false", i.GetMetadataValue("Extracted")));

        _project.Build("Clean").MustSucceed();
        Assert.False(Directory.Exists(_project.PathOf("bin", "rootfs")));
        Assert.False(File.Exists(_project.PathOf("obj", "oci", "app.linux-arm64.props")));
    }

    [Fact]
    public void The_listing_says_what_there_is_and_its_lines_can_be_pasted()
    {
        Save("app.tar", Amd.Tagged("v1"), Arm.Tagged("v1"), (Amd with { Layers = [] }).Tagged("v2"), new ImageDescriptor("application/vnd.example+json", "sha256:" + new string('a', 64)));
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        Outcome outcome = _project.Build("ListOciImages").MustSucceed();

        string text = Assert.Single(outcome.Messages, static m => m.Message!.StartsWith("app.tar:", StringComparison.Ordinal)).Message!;
        Assert.Contains("  <OciImage Include=\"app.tar\" Reference=\"v1\" Platform=\"linux/amd64\" />\n", text, StringComparison.Ordinal);
        Assert.Contains($"    layer     {Amd.Layers[0].DiffId}  application/vnd.oci.image.layer.v1.tar  {Amd.Layers[0].Blob.Length} bytes\n", text, StringComparison.Ordinal);
        Assert.Contains("application/vnd.example+json", text, StringComparison.Ordinal);
        Assert.Contains("Nothing would be extracted: OCI2003", text, StringComparison.Ordinal);
        Assert.False(Path.Exists(_project.PathOf("bin")));

        Assert.Equal(3, outcome.Items("OciImageManifest").Count);
        foreach (var manifest in outcome.Items("OciImageManifest"))
        {
            using TestProject pasted = new();
            ImageLayout.Of(Amd.Tagged("v1"), Arm.Tagged("v1"), (Amd with { Layers = [] }).Tagged("v2")).SaveArchive(pasted.PathOf("app.tar"));
            pasted.Image("app.tar", ("Reference", manifest.GetMetadataValue("Reference")), ("Platform", manifest.GetMetadataValue("Platform"))).ImportPackage();
            Outcome built = pasted.Build().MustSucceed();
            Assert.Equal(manifest.GetMetadataValue("ManifestDigest"), Assert.Single(built.Items("OciRootfs")).GetMetadataValue("ManifestDigest"));
        }
    }

    [Fact]
    public void The_listing_marks_what_would_be_extracted()
    {
        Save("app.tar", Amd, Arm);
        _project.Image("app.tar", ("Platform", "linux/arm64")).ImportPackage();
        Outcome outcome = _project.Build("ListOciImages").MustSucceed();
        Assert.Equal(["false", "true"], outcome.Items("OciImageManifest").Select(static i => i.GetMetadataValue("Chosen")));
        Assert.Contains(outcome.Messages, static m => m.Message!.Contains("Platform=\"linux/arm64\" />  <-- would be extracted", StringComparison.Ordinal));
    }

    [Fact]
    public void One_text_of_two_items_is_said_once_and_texts_that_differ_in_case_alone_are_two()
    {
        Save("app.tar", Amd);
        Save("App.tar", Amd);
        _project.Image("app.tar", ("Platform", "linux/amd64")).Image("app.tar", ("Platform", "linux/amd64"), ("Name", "again")).Image("App.tar", ("Platform", "linux/amd64"), ("Name", "b")).ImportPackage();

        Outcome outcome = _project.Build("ListOciImages").MustSucceed();

        Assert.Equal(["app.tar", "App.tar"], outcome.Messages.Where(static m => m.Message!.Contains("<-- would be extracted", StringComparison.Ordinal)).Select(static m => m.Message!.Split(':')[0]));
        Assert.Equal(3, outcome.Items("OciImageManifest").Count);
    }

    [Fact]
    public void The_task_alone_says_its_listing_unless_it_is_told_not_to()
    {
        Save("app.tar", Amd);
        _project.UsingTasks().Target("Say").TaskToItems("ListOciImages", [("Image", "app.tar")], ("Listing", "Listed"))
            .Target("Quiet").TaskToItems("ListOciImages", [("Image", "app.tar"), ("SayListing", "false")], ("Listing", "Listed"));

        Outcome said = _project.Build("Say").MustSucceed(), quiet = _project.Build("Quiet").MustSucceed();

        string text = Assert.Single(said.Messages, static m => m.Message!.StartsWith("app.tar:", StringComparison.Ordinal)).Message!;
        Assert.Equal(text, Assert.Single(said.Items("Listed")).GetMetadataValue("Text"));
        Assert.Equal(text, Assert.Single(quiet.Items("Listed")).GetMetadataValue("Text"));
        Assert.DoesNotContain(quiet.Messages, static m => m.Message!.StartsWith("app.tar:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "The project's RuntimeIdentifier 'linux-musl-arm64' chose the platform.", true)]
    [InlineData("linux/arm64", "RuntimeIdentifier", false)]
    public void A_platform_that_the_RuntimeIdentifier_chose_and_that_is_not_there_says_so(string platform, string text, bool says)
    {
        Save("app.tar", Amd);
        _project.Property("RuntimeIdentifier", "linux-musl-arm64").Image("app.tar", ("Platform", platform)).ImportPackage();

        Outcome extraction = _project.Build();

        Assert.Equal("OCI2001", extraction.Error.Code);
        Assert.Contains("expected linux/arm64, found linux/amd64", extraction.Error.Message, StringComparison.Ordinal);
        Assert.Equal(says, extraction.Error.Message!.EndsWith(text, StringComparison.Ordinal));
        Assert.Equal(says, extraction.Error.Message.Contains(text, StringComparison.Ordinal));
        Assert.Equal(says, _project.Build("ListOciImages").MustSucceed().Messages.Any(m => m.Message!.StartsWith("app.tar:", StringComparison.Ordinal) && m.Message.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Another_error_says_nothing_of_the_RuntimeIdentifier()
    {
        Outcome outcome = _project.Property("RuntimeIdentifier", "linux-arm64").Image("missing.tar").ImportPackage().Build();

        Assert.Equal("OCI1001", outcome.Error.Code);
        Assert.DoesNotContain("RuntimeIdentifier", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\"/><Evil/>$(HOME)%(X);%41*\n")]
    [InlineData("a@(X)")]
    public void Hostile_names_in_a_listing_evaluate_to_nothing_when_they_are_pasted(string name)
    {
        Save("app.tar", Amd.Tagged(name), Arm);
        _project.Image("app.tar", ("Platform", "linux/amd64")).ImportPackage();

        string text = Assert.Single(_project.Build("ListOciImages").MustSucceed().Messages, static m => m.Message!.StartsWith("app.tar:", StringComparison.Ordinal)).Message!;
        string line = text.Split('\n').Single(static l => l.Contains("linux/amd64", StringComparison.Ordinal));

        System.Xml.Linq.XElement item = System.Xml.Linq.XElement.Parse(line[..(line.IndexOf("/>", StringComparison.Ordinal) + 2)]);
        using TestProject pasted = new();
        ImageLayout.Of(Amd.Tagged(name), Arm).SaveArchive(pasted.PathOf("app.tar"));
        pasted.Image(item.Attribute("Include")!.Value, ("Reference", item.Attribute("Reference")!.Value), ("Platform", item.Attribute("Platform")!.Value)).ImportPackage();
        Outcome built = pasted.Build().MustSucceed();
        var rootfs = Assert.Single(built.Items("OciRootfs"));
        Assert.Equal(Amd.Digest, rootfs.GetMetadataValue("ManifestDigest"));
        Assert.Equal(name.Contains('@', StringComparison.Ordinal) ? Amd.Digest : name, rootfs.GetMetadataValue("Reference"));
    }

    [Fact]
    public void The_os_version_and_features_of_the_config_are_metadata()
    {
        Image windows = Image.Of(Tars.Of(Tars.File("a"))).For("windows/amd64") with
        {
            EditConfig = static c =>
            {
                c["os.version"] = "10.0.17763.1";
                c["os.features"] = new System.Text.Json.Nodes.JsonArray("win32k");
            },
        };
        Save("app.tar", windows);
        _project.Image("app.tar", ("Platform", "windows/amd64")).ImportPackage();
        for (int i = 0; i < 2; i++)
        {
            var item = Assert.Single(_project.Build().MustSucceed().Items("OciRootfs"));
            Assert.Equal("10.0.17763.1", item.GetMetadataValue("OsVersion"));
            Assert.Equal("[\"win32k\"]", item.GetMetadataValue("OsFeatures"));
        }
        Assert.Equal("10.0.17763.1", Assert.Single(_project.Build("ListOciImages").MustSucceed().Items("OciImageManifest")).GetMetadataValue("OsVersion"));
    }
}
