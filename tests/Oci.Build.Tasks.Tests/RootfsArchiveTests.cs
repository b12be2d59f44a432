using System.Formats.Tar;
using Microsoft.Build.Execution;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>Archives of the tree, as a project asks for them.</summary>
public sealed class RootfsArchiveTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage();

    public RootfsArchiveTests() => _ = new SampleImage(_project);

    public void Dispose() => _project.Dispose();

    private TestProject Image(params (string Name, string Value)[] metadata) => _project.Image("image", [("Platform", SampleImage.Platform), .. metadata]);

    [Fact]
    public void An_item_gets_a_directory_and_each_archive()
    {
        Outcome outcome = Image(("RootfsArchive", "out/app.tar; out/app.tar.zst")).Build().MustSucceed();

        ProjectItemInstance tree = Assert.Single(outcome.Items("OciRootfs"));
        Assert.Equal($"{_project.PathOf("out/app.tar")};{_project.PathOf("out/app.tar.zst")}", tree.GetMetadataValue("RootfsArchive"));
        Assert.Equal(2, tree.GetMetadataValue("ArchiveDigests").Split(';').Length);
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/image/etc/motd")));
        Assert.Contains("./etc/motd", Names("out/app.tar"));
    }

    [Fact]
    public void An_empty_RootfsDirectory_makes_archives_alone()
    {
        Outcome outcome = Image(("RootfsDirectory", ""), ("RootfsArchive", "out/app.tar")).Build().MustSucceed();

        ProjectItemInstance tree = Assert.Single(outcome.Items("OciRootfs"));
        Assert.Equal((_project.PathOf("out/app.tar"), ""), (tree.EvaluatedInclude, tree.GetMetadataValue("RootfsDirectory")));
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/image")));
        Assert.True(File.Exists(tree.GetMetadataValue("Mtree")));
        Assert.Equal("False", Assert.Single(_project.Build().MustSucceed().Items("OciRootfs")).GetMetadataValue("Extracted"), ignoreCase: true);
    }

    [Fact]
    public void An_empty_RootfsDirectory_without_an_archive_is_an_error() =>
        Assert.Equal("OCI6306", Image(("RootfsDirectory", "")).Build().Error.Code);

    [Fact]
    public void A_path_may_hold_a_semicolon_and_what_MSBuild_would_evaluate()
    {
        Image(("RootfsArchive", "out/a%3Bb%25%24(x)'.tar;out/%40(y).tar")).Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("out/a;b%$(x)'.tar")));
        Assert.True(File.Exists(_project.PathOf("out/@(y).tar")));
    }

    [Fact]
    public void All_platforms_have_an_archive_each_with_the_platform_before_the_ending()
    {
        _project.Image("image", ("Platform", "all"), ("RootfsDirectory", ""), ("RootfsArchive", "out/app.tar.gz"));

        ProjectItemInstance tree = Assert.Single(_project.Build().MustSucceed().Items("OciRootfs"));

        Assert.Equal(_project.PathOf("out/app.linux-amd64.tar.gz"), tree.EvaluatedInclude);
        _project.Build("Clean").MustSucceed();
        Assert.Empty(Directory.Exists(_project.PathOf("out")) ? Directory.GetFileSystemEntries(_project.PathOf("out")) : []);
    }

    [Theory]
    [InlineData("bin/rootfs/image/inside.tar", "OCI7003")]
    [InlineData("out/a.tar;out/a.tar", "OCI7003")]
    [InlineData("out/a.zip", "OCI6301")]
    public void A_path_that_can_not_be_is_an_error(string paths, string code) => Assert.Equal(code, Image(("RootfsArchive", paths)).Build().Error.Code);

    [Theory]
    [InlineData("ArchiveCompressionLevel", "0", "OCI6303")]
    [InlineData("ArchiveCompressionLevel", "20", "OCI6303")]
    [InlineData("ArchiveCompressionLevel", "best", "OCI6303")]
    [InlineData("ArchiveMtime", "Now", "OCI6304")]
    [InlineData("ArchiveHoleThreshold", "64 MB", "OCI6305")]
    [InlineData("ArchiveHoleThreshold", "-1", "OCI6305")]
    [InlineData("ArchiveDevices", "Drop", "OCI6321")]
    [InlineData("ArchiveDevices", "1", "OCI6321")]
    [InlineData("ArchiveXattrs", "capability", "OCI6322")]
    [InlineData("ArchiveXattrs", "user.*;none", "OCI6322")]
    [InlineData("ArchiveFor", "Proxmox;Docker", "OCI6324")]
    [InlineData("ArchiveFor", "0", "OCI6324")]
    [InlineData("ImageArchive", "out/b.tar.gz", "OCI6331")]
    [InlineData("ImageArchiveCompression", "xz", "OCI6333")]
    [InlineData("CreateMountPoints", "maybe", "OCI7011")]
    [InlineData("CreateVolumes", "maybe", "OCI7011")]
    public void An_option_that_is_none_is_an_error(string name, string value, string code) =>
        Assert.Equal(code, Image(("RootfsArchive", "out/a.tar"), (name, value)).Build().Error.Code);

    [Theory]
    [InlineData("", "", 1_700_000_000)]
    [InlineData("1000", "", 1000)]
    [InlineData("1000", "Keep", 1_700_000_000)]
    [InlineData("1800000000", "", 1_700_000_000)]
    [InlineData("1800000000", "set", 1_800_000_000)]
    public void A_given_SourceDateEpoch_clamps_the_times_of_archives(string epoch, string mtime, long expected)
    {
        Oci.Images.Image.Of(Oci.Images.Tars.Of(Oci.Images.Tars.File("f", "x", mtime: 1_700_000_000))).For(null).SaveArchive(_project.PathOf("dated.tar"));
        _project.Image("dated.tar", ("RootfsArchive", "out/a.tar"), ("SourceDateEpoch", epoch), ("ArchiveMtime", mtime));

        _project.Build().MustSucceed();

        using TarReader reader = new(File.OpenRead(_project.PathOf("out/a.tar")));
        reader.GetNextEntry();
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(expected), reader.GetNextEntry()!.ModificationTime);
    }

    [Theory]
    [InlineData("", "user.a,user.b")]
    [InlineData("*", "user.a,user.b")]
    [InlineData("user.a; security.capability", "user.a")]
    [InlineData("None", "")]
    public void ArchiveXattrs_chooses_attributes_and_ArchiveDevices_devices(string xattrs, string expected)
    {
        Oci.Images.TarPart file = Oci.Images.Tars.File("f", "x") with { Xattrs = [Oci.Images.Tars.Xattr("user.a", "1"), Oci.Images.Tars.Xattr("user.b", "2")] };
        Oci.Images.Image.Of(Oci.Images.Tars.Of(Oci.Images.Tars.CharDevice("a", 1, 3), file)).For(null).SaveArchive(_project.PathOf("mixed.tar"));
        _project.Image("mixed.tar", ("RootfsArchive", "out/a.tar"), ("ArchiveXattrs", xattrs), ("ArchiveDevices", "skip"), ("CreateMountPoints", "true"));

        _project.Build().MustSucceed();

        Assert.Equal(["./", "./dev/", "./f", "./proc/", "./run/", "./sys/", "./tmp/", "./usr/"], Names("out/a.tar"));
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), XattrsOfFiles("out/a.tar"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Clean_removes_archives_and_their_state(bool withDirectory)
    {
        Image([("RootfsArchive", "out/app.tar;out/app.tar.gz"), .. withDirectory ? Array.Empty<(string, string)>() : [("RootfsDirectory", "")]]).Build().MustSucceed();

        _project.Build("Clean").MustSucceed();

        Assert.Empty(Directory.Exists(_project.PathOf("out")) ? Directory.GetFileSystemEntries(_project.PathOf("out")) : []);
    }

    [Fact]
    public void ArchiveFor_warns_of_what_its_consumers_lack()
    {
        Outcome outcome = Image(("RootfsArchive", "out/app.tar.zst"), ("ArchiveFor", "nspawn; LXC")).Build().MustSucceed();

        Assert.Equal(["OCI6363", "OCI6365"], outcome.Warnings.Select(static w => w.Code).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_image_archive_alone_or_beside_others_is_made_found_and_cleaned(bool alone)
    {
        Image([("RootfsDirectory", ""), ("ImageArchive", "out/app.image.tar"), ("ImageArchiveReference", "me/app:1"), ("ImageArchiveCompression", "zstd"), .. alone ? Array.Empty<(string, string)>() : [("RootfsArchive", "out/app.tar")]]);

        ProjectItemInstance made = Assert.Single(_project.Build().MustSucceed().Items("OciRootfs"));

        Assert.Equal(_project.PathOf(alone ? "out/app.image.tar" : "out/app.tar"), made.EvaluatedInclude);
        Assert.Equal(_project.PathOf("out/app.image.tar"), made.GetMetadataValue("ImageArchive"));
        Assert.StartsWith("sha256:", made.GetMetadataValue("ImageArchiveDigest"), StringComparison.Ordinal);
        Assert.Equal(alone ? "" : _project.PathOf("out/app.tar"), made.GetMetadataValue("RootfsArchive"));
        Assert.Contains("oci-layout", Names("out/app.image.tar"));
        Assert.Equal("False", Assert.Single(_project.Build().MustSucceed().Items("OciRootfs")).GetMetadataValue("Extracted"), ignoreCase: true);
        _project.Build("Clean").MustSucceed();
        Assert.Empty(Directory.Exists(_project.PathOf("out")) ? Directory.GetFileSystemEntries(_project.PathOf("out")) : []);
    }

    [Fact]
    public void All_platforms_have_an_image_archive_each()
    {
        _project.Image("image", ("Platform", "all"), ("ImageArchive", "out/app.tar"));

        ProjectItemInstance tree = Assert.Single(_project.Build().MustSucceed().Items("OciRootfs"));

        Assert.Equal(_project.PathOf("out/app.linux-amd64.tar"), tree.GetMetadataValue("ImageArchive"));
        Assert.True(File.Exists(_project.PathOf("out/app.linux-amd64.tar")));
    }

    private List<string> XattrsOfFiles(string tar)
    {
        const string Keyword = "SCHILY.xattr.";
        List<string> names = [];
        using TarReader reader = new(File.OpenRead(_project.PathOf(tar)));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry is PaxTarEntry pax)
                names.AddRange(pax.ExtendedAttributes.Keys.Where(static key => key.StartsWith(Keyword, StringComparison.Ordinal)).Select(static key => key[Keyword.Length..]));
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private List<string> Names(string tar)
    {
        List<string> names = [];
        using TarReader reader = new(File.OpenRead(_project.PathOf(tar)));
        while (reader.GetNextEntry() is { } entry)
            names.Add(entry.Name);
        return names;
    }
}
