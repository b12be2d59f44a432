using System.Text;
using Oci.Images;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Sources;

public sealed class DockerArchiveTests : IDisposable
{
    private static readonly byte[] One = Tars.Of(Tars.File("a", "1"));
    private static readonly byte[] Two = Tars.Of(Tars.File("b", "2"));
    private static readonly Image A = Image.Of(One, Two).For("linux/amd64") with { FullName = "example.org/app:v1" };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private ImageSource Open(IEnumerable<TarPart> entries)
    {
        File.WriteAllBytes(_directory["d.tar"], Tars.Of(entries));
        return ImageSources.Open(new ImageReference(_directory["d.tar"]) { DisplayName = "d" }, new EngineContext(), NoUnpacking);
    }

    private (SelectedImage Image, List<byte[]> Layers) ReadAll(IEnumerable<TarPart> entries, string? reference = null)
    {
        using ImageSource source = Open(entries);
        SelectedImage image = ImageSelector.Select(source, "linux/amd64", reference, new EngineContext()).Load();
        List<byte[]> layers = [];
        foreach (var layer in image.Layers)
        {
            RootfsLimits limits = new();
            using Stream stream = LayerDecoder.Open(BlobReader.Open(source, layer), layer.Size, layer.MediaType, new EngineContext(limits, RootfsLog.None), new InflationBudget(limits));
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            layers.Add(bytes.ToArray());
        }
        return (image, layers);
    }

    private static IEnumerable<TarPart> Replace(IEnumerable<TarPart> entries, Func<string, bool> which, Func<TarItem, TarPart?> by) =>
        entries.Cast<TarItem>().Select(e => which(Encoding.UTF8.GetString(e.Name.Bytes)) ? by(e) : e).OfType<TarPart>();

    [Theory]
    [InlineData(DockerForm.Legacy)]
    [InlineData(DockerForm.Modern)]
    [InlineData(DockerForm.ModernEmptyIndex)]
    public void Every_form_of_a_docker_archive_is_read_rule_97(DockerForm form)
    {
        (SelectedImage image, List<byte[]> layers) = ReadAll(ImageDockerArchive.Entries(form, A));
        Assert.Equal([One, Two], layers);
        Assert.Equal(A.ConfigDigest, image.Config.Digest.ToString());
        Assert.Equal("linux/amd64", image.Platform.ToString());
    }

    [Fact]
    public void The_oci_form_wins_where_both_are_there_rule_97() =>
        Assert.Equal(A.Digest, ReadAll(ImageDockerArchive.Entries(DockerForm.Modern, A)).Image.Manifest.Digest.ToString());

    [Fact]
    public void Layers_may_be_compressed_whatever_their_names_say_rule_97()
    {
        Image mixed = Image.Of(ImageLayer.Gzip(One), ImageLayer.Zstd(Two)).For("linux/amd64");
        Assert.Equal([One, Two], ReadAll(ImageDockerArchive.Entries(DockerForm.Legacy, mixed)).Layers);
    }

    [Fact]
    public void Repository_tags_are_references()
    {
        Image b = Image.Of(Two).For("linux/amd64") with { FullName = "example.org/app:v2" };
        TarPart[] entries = [.. ImageDockerArchive.Entries(DockerForm.Legacy, A, b)];
        Assert.Equal([Two], ReadAll(entries, "v2").Layers);
        Assert.Equal([One, Two], ReadAll(entries, "example.org/app:v1").Layers);
        OciException e = Error("OCI2003", () => ReadAll(entries));
        Assert.Contains("example.org/app:v1 linux/amd64", e.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void The_manifest_made_up_is_the_same_each_time()
    {
        TarPart[] entries = [.. ImageDockerArchive.Entries(DockerForm.Legacy, A)];
        Assert.Equal(ReadAll(entries).Image.Manifest.Digest, ReadAll([.. entries.Reverse()]).Image.Manifest.Digest);
    }

    [Fact]
    public void A_layer_listed_twice_through_a_link_is_two_layers_rule_98()
    {
        Image twice = Image.Of(One, One).For("linux/amd64");
        IEnumerable<TarPart> entries = ImageDockerArchive.Entries(DockerForm.Legacy, twice);
        string stored = twice.Layers[0].DiffId.Split(':')[1] + "/layer.tar";
        TarPart[] linked =
        [
            .. Replace(entries, static n => n == "manifest.json", e => Tars.File("manifest.json",
                $$"""[{"Config":"{{twice.ConfigDigest.Split(':')[1]}}.json","Layers":["{{stored}}","second/layer.tar"]}]""")),
            Tars.Symlink("second/layer.tar", "../" + stored),
        ];
        Assert.Equal([One, One], ReadAll(linked).Layers);
    }

    [Fact]
    public void A_layer_whose_content_is_not_its_diff_id_is_an_error_rule_84()
    {
        IEnumerable<TarPart> entries = ImageDockerArchive.Entries(DockerForm.Legacy, A);
        Error("OCI3002", () => ReadAll(Replace(entries, static n => n.EndsWith("/layer.tar", StringComparison.Ordinal), static e => e with { Content = Two })));
    }

    [Fact]
    public void Missing_files_are_errors()
    {
        Error("OCI1011", () => ReadAll(Replace(ImageDockerArchive.Entries(DockerForm.Legacy, A), static n => n.EndsWith("/layer.tar", StringComparison.Ordinal), static _ => null)));
        Error("OCI1011", () => ReadAll(Replace(ImageDockerArchive.Entries(DockerForm.Legacy, A), static n => n.Length == 69, static _ => null)));
    }

    [Theory]
    [InlineData("null", "OCI2004")]
    [InlineData("[]", "OCI2004")]
    [InlineData("{}", "OCI2011")]
    [InlineData("[null]", "OCI2012")]
    [InlineData("[{}]", "OCI2012")]
    [InlineData("[{\"Config\":7}]", "OCI2011")]
    [InlineData("[{\"Config\":\"../../etc/passwd\"}]", "OCI1017")]
    [InlineData("[{\"Config\":\"/etc/passwd\"}]", "OCI1011")]
    [InlineData("[{\"Config\":\"x\"}", "OCI2010")]
    public void A_wrong_manifest_json_is_an_error(string manifest, string code) =>
        Error(code, () => ReadAll([Tars.File("manifest.json", manifest)]));

    [Fact]
    public void Another_number_of_layers_than_diff_ids_is_an_error_rule_83()
    {
        Image more = A with { EditConfig = static c => c["rootfs"]!["diff_ids"]!.AsArray().RemoveAt(0) };
        Error("OCI2021", () => ReadAll(ImageDockerArchive.Entries(DockerForm.Legacy, more)));
    }

    [Fact]
    public void Very_many_layers_end_at_a_limit()
    {
        string layers = string.Join(',', Enumerable.Repeat("\"x\"", 200_000));
        Error("OCI4224", () => ReadAll([Tars.File("manifest.json", "[{\"Config\":\"c\",\"Layers\":[" + layers + "]}]")]));
    }
}
