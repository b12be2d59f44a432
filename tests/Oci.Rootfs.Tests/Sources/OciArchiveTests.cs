using System.Text;
using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using Oci.Rootfs.Spec;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Sources;

public sealed class OciArchiveTests : IDisposable
{
    private static readonly byte[] Layer = Tars.Of(Tars.File("a", "content"));
    private static readonly Image A = Image.Of(Layer).For("linux/amd64");
    private static readonly string LayerName = ImageLayout.Path(A.Layers[0].DiffId);

    private readonly TempDirectory _directory = new();
    private readonly List<string?> _warnings = [];

    public void Dispose() => _directory.Dispose();

    private ImageSource Open(byte[] archive, RootfsLimits? limits = null)
    {
        File.WriteAllBytes(_directory["x"], archive);
        return ImageSources.Open(new ImageReference(_directory["x"]) { DisplayName = "x" }, new EngineContext(limits ?? new RootfsLimits(), new RootfsLog(m => _warnings.Add(m.Code))));
    }

    /// <summary>Everything that an extraction reads of an archive, layers too.</summary>
    private byte[] ReadAll(byte[] archive)
    {
        using ImageSource source = Open(archive);
        SelectedImage image = ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load();
        using VerifyingStream layer = BlobReader.Open(source, Assert.Single(image.Layers));
        using MemoryStream bytes = new();
        layer.CopyTo(bytes);
        return bytes.ToArray();
    }

    private byte[] ReadAll(params IEnumerable<TarPart> parts) => ReadAll(Tars.Of(parts));

    private static IEnumerable<TarItem> Without(string name) => A.ToLayout().Entries().Where(e => Encoding.UTF8.GetString(e.Name.Bytes) != name);

    private static TarItem Entry(string name) => A.ToLayout().Entries().Single(e => Encoding.UTF8.GetString(e.Name.Bytes) == name);

    [Fact]
    public void An_archive_is_read_in_place_whatever_its_name()
    {
        Assert.Equal(Layer, ReadAll(A.ToLayout().ToArchive()));
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("./")]
    [InlineData("/")]
    [InlineData(".//./")]
    public void Prefixes_of_names_do_not_matter(string prefix) => Assert.Equal(Layer, ReadAll(A.ToLayout().ToArchive(prefix)));

    [Fact]
    public void The_order_of_entries_does_not_matter()
    {
        Assert.Equal(Layer, ReadAll(A.ToLayout().Entries().Reverse()));
        Assert.Equal(Layer, ReadAll([Tars.Dir("./"), Tars.Dir("blobs"), .. A.ToLayout().Entries(), Tars.Dir("blobs"), Tars.File("readme", "x"), Tars.Fifo("fifo")]));
    }

    [Theory]
    [InlineData(TarFormat.Gnu)]
    [InlineData(TarFormat.Pax)]
    public void Long_names_in_outer_headers_are_read(TarFormat format)
    {
        Image image = Image.Of(Layer).For("linux/amd64") with { EditConfig = static c => c["config"] = null };
        ImageLayout layout = image.ToLayout();
        string prefix = string.Concat(Enumerable.Repeat("./", 60));
        Assert.Equal(Layer, ReadAll(layout.Entries(prefix).Select(e => e with { Format = format })));
    }

    [Fact]
    public void A_missing_end_is_accepted_rule_74() => Assert.Equal(Layer, ReadAll([.. A.ToLayout().Entries(), Tars.End(0)]));

    [Fact]
    public void A_missing_oci_layout_warns_and_another_version_is_an_error_rule_99()
    {
        Assert.Equal(Layer, ReadAll(Without("oci-layout")));
        Assert.Equal(["OCI1014"], _warnings);
        Error("OCI1013", () => ReadAll([.. Without("oci-layout"), Tars.File("oci-layout", """{"imageLayoutVersion":"1.1.0"}""")]));
    }

    [Fact]
    public void Blobs_that_are_links_are_followed_inside_the_archive_rule_98()
    {
        TarItem stored = Entry(LayerName) with { Name = "store/layer" };
        Assert.Equal(Layer, ReadAll([.. Without(LayerName), stored, Tars.Symlink(LayerName, "../../store/layer")]));
        Assert.Equal(Layer, ReadAll([.. Without(LayerName), stored, Tars.Hardlink(LayerName, "./store/layer")]));
        Assert.Equal(Layer, ReadAll([.. Without(LayerName), Tars.Symlink(LayerName, "two"), Tars.Hardlink("blobs/sha256/two", "/three"), Tars.Symlink("three", "store/layer"), stored]));
    }

    [Theory]
    [InlineData("../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("nowhere")]
    [InlineData("")]
    public void A_link_that_leads_out_of_the_archive_or_nowhere_is_an_error_rule_98(string target) =>
        Error("OCI1012", () => ReadAll([.. Without(LayerName), Tars.Symlink(LayerName, target)]));

    [Fact]
    public void Links_in_a_circle_are_an_error_rule_98()
    {
        Error("OCI1012", () => ReadAll([.. Without(LayerName), Tars.Symlink(LayerName, "x"), Tars.Symlink("blobs/sha256/x", LayerName.Split('/')[^1])]));
        Error("OCI1012", () => ReadAll([.. Without(LayerName), Tars.Hardlink(LayerName, LayerName)]));
    }

    [Fact]
    public void An_index_that_is_a_link_a_device_a_fifo_or_a_directory_is_an_error()
    {
        TarItem[] rest = [.. Without("index.json"), Entry("index.json") with { Name = "other" }];
        Refused(Tars.Symlink("index.json", "other"), "a symbolic link");
        Refused(Tars.Symlink("index.json", "/etc/passwd"), "a symbolic link");
        Refused(Tars.Hardlink("index.json", "other"), "a hard link");
        Refused(Tars.CharDevice("index.json", 1, 5), "a device");
        Refused(Tars.BlockDevice("index.json", 8, 0), "a device");
        Refused(Tars.Fifo("index.json"), "a FIFO");
        Refused(Tars.Dir("index.json"), "a directory");

        void Refused(TarItem index, string found) => Assert.Equal(found, Error("OCI1010", () => ReadAll([.. rest, index])).Found);
    }

    [Fact]
    public void A_blob_that_is_a_device_or_a_directory_is_an_error()
    {
        Error("OCI1010", () => ReadAll([.. Without(LayerName), Tars.CharDevice(LayerName, 1, 5)]));
        Error("OCI1010", () => ReadAll([.. Without(LayerName), Tars.Dir(LayerName)]));
    }

    [Fact]
    public void Two_different_indexes_are_an_error_and_the_same_twice_is_not()
    {
        TarItem other = Tars.File("./index.json", """{"schemaVersion":2,"manifests":[]}""");
        Error("OCI1009", () => ReadAll([.. A.ToLayout().Entries(), other]));
        Error("OCI1009", () => ReadAll([other, .. A.ToLayout().Entries()]));
        Error("OCI1009", () => ReadAll([.. A.ToLayout().Entries(), Tars.Symlink("index.json", "x")]));
        Assert.Equal(Layer, ReadAll([.. A.ToLayout().Entries(), .. A.ToLayout().Entries("./")]));
    }

    [Fact]
    public void Two_different_blobs_of_one_name_are_an_error_though_one_is_right()
    {
        byte[] forged = [.. Layer];
        forged[^1] ^= 1;
        Error("OCI1009", () => ReadAll([.. A.ToLayout().Entries(), Tars.File(LayerName, forged)]));
        Error("OCI1009", () => ReadAll([Tars.File(LayerName, forged), .. A.ToLayout().Entries()]));
        Error("OCI1009", () => ReadAll([Tars.File(LayerName, "short"), .. A.ToLayout().Entries()]));
    }

    [Fact]
    public void Different_files_of_one_name_that_nobody_uses_do_not_matter() =>
        Assert.Equal(Layer, ReadAll([Tars.File("readme", "1"), .. A.ToLayout().Entries(), Tars.File("readme", "22")]));

    [Fact]
    public void A_blob_of_another_size_or_content_is_an_error_rule_85()
    {
        Error("OCI3001", () => ReadAll([.. Without(LayerName), Tars.File(LayerName, "short")]));
        byte[] forged = [.. Layer];
        forged[^1] ^= 1;
        Error("OCI3002", () => ReadAll([.. Without(LayerName), Tars.File(LayerName, forged)]));
        Error("OCI1011", () => ReadAll(Without(LayerName)));
    }

    [Fact]
    public void An_archive_that_breaks_off_at_any_block_is_an_error()
    {
        byte[] archive = A.ToLayout().ToArchive();
        string[] codes = ["OCI1004", "OCI1007", "OCI1008", "OCI1005", "OCI1011"];
        for (int cut = 0; cut < archive.Length - 1024; cut += 256)
            Assert.Contains(Assert.Throws<OciException>(() => ReadAll(archive[..cut])).Code, codes);
    }

    [Fact]
    public void A_damaged_header_is_an_error_that_says_so()
    {
        byte[] archive = A.ToLayout().ToArchive();
        archive[1024 + 3] ^= 1;
        OciException e = Error("OCI1007", () => ReadAll(archive));
        Assert.Contains("checksum", e.Found, StringComparison.Ordinal);
        archive = A.ToLayout().ToArchive();
        archive[3] ^= 1;
        Error("OCI1007", () => ReadAll(archive));
    }

    [Fact]
    public void Replacing_the_file_while_it_is_open_changes_nothing()
    {
        using ImageSource source = Open(A.ToLayout().ToArchive());
        File.WriteAllText(_directory["new"], "something else");
        File.Move(_directory["new"], _directory["x"], overwrite: true);
        Assert.Equal(A.Digest, ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load().Manifest.Digest.ToString());
    }

    [Fact]
    public void An_archive_that_becomes_shorter_while_it_is_open_is_an_error()
    {
        using ImageSource source = Open(Tars.Of([.. Without(LayerName), Entry(LayerName)]));
        SelectedImage image = ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load();
        using (FileStream file = File.OpenWrite(_directory["x"]))
            file.SetLength(file.Length - Layer.Length);
        using VerifyingStream layer = BlobReader.Open(source, image.Layers[0]);
        Error("OCI1016", layer.VerifyToEnd);
    }

    [Fact]
    public void Two_blobs_are_read_at_the_same_time()
    {
        using ImageSource source = Open(A.ToLayout().ToArchive());
        Descriptor layer = ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load().Layers[0];
        using Stream one = source.OpenBlob(layer);
        using Stream two = source.OpenBlob(layer);
        byte[] first = new byte[Layer.Length];
        byte[] second = new byte[Layer.Length];
        for (int i = 0; i < Layer.Length; i += 16)
        {
            one.ReadExactly(first, i, 16);
            two.ReadExactly(second, i, 16);
        }
        Assert.Equal(Layer, first);
        Assert.Equal(Layer, second);
    }

    [Fact]
    public void Many_entries_and_long_names_end_at_a_limit()
    {
        byte[] archive = Tars.Of([.. A.ToLayout().Entries(), .. Enumerable.Range(0, 100).Select(static i => Tars.File($"f{i}"))]);
        Error("OCI4228", () => Open(archive, new RootfsLimits { MaxNodes = 50 }));
        Error("OCI4229", () => Open(archive, new RootfsLimits { MaxNameBytes = 500 }));
    }

    [Theory]
    [InlineData("etc/passwd", "root filesystem")]
    [InlineData("image/index.json", "image/index.json")]
    [InlineData("repositories", "1.10")]
    [InlineData("x", "without index.json")]
    public void A_tar_that_is_no_image_is_an_error_that_says_what_it_looks_like(string file, string found) =>
        Assert.Contains(found, Error("OCI1005", () => ReadAll(Tars.File(file, "x"))).Found, StringComparison.Ordinal);

    [Fact]
    public void An_image_without_its_index_is_an_error()
    {
        Error("OCI1008", () => ReadAll(Without("index.json")));
        Error("OCI1008", () => ReadAll(Entry(LayerName)));
    }

    [Fact]
    public void A_compressed_archive_is_an_error_that_says_how_to_decompress_it()
    {
        OciException e = Error("OCI1018", () => ReadAll(ImageLayer.GzipOf(A.ToLayout().ToArchive())));
        Assert.Contains("gunzip", e.Hint, StringComparison.Ordinal);
        Error("OCI1018", () => ReadAll(ImageLayer.ZstdOf(A.ToLayout().ToArchive())));
        e = Error("OCI1006", () => ReadAll([0xfd, .. "7zXZ"u8, 0, .. new byte[600]]));
        Assert.Contains("unxz", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PK\u0003\u0004", "zip")]
    [InlineData("hsqs", "squashfs")]
    [InlineData("\u007fELF", "ELF")]
    [InlineData(" {\"schemaVersion\":2}", "JSON")]
    [InlineData("\0\0\0\0", "zeros")]
    [InlineData("something else", "unknown")]
    public void A_file_that_is_no_tar_is_an_error_that_says_what_it_looks_like(string content, string found) =>
        Assert.Contains(found, Error("OCI1005", () => ReadAll(Encoding.Latin1.GetBytes(content.PadRight(1000, content[^1])))).Found, StringComparison.Ordinal);

    [Fact]
    public void Hostile_names_are_shown_escaped()
    {
        OciException e = Error("OCI1012", () => ReadAll([.. Without(LayerName), Tars.Symlink(LayerName, "a\n\u001b[31m")]));
        Assert.DoesNotContain('\n', e.Message);
        Assert.Contains("%0A%1B[31m", e.Message, StringComparison.Ordinal);
    }
}
