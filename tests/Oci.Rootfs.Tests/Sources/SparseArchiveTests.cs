using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Sources;

/// <summary><c>tar -S</c> over an image: its files have holes where they have zeros.</summary>
public sealed class SparseArchiveTests : IDisposable
{
    private static readonly byte[] Layer = Tars.Of(Tars.File("zeros", new byte[100_000]), Tars.File("a", "content"), Tars.File("more", new byte[70_000]));
    private static readonly Image A = Image.Of(Layer).For("linux/amd64");

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<TarSparseForm> Forms => [.. Enum.GetValues<TarSparseForm>()];

    private ImageSource Open(IEnumerable<TarPart> entries, RootfsLimits? limits = null)
    {
        File.WriteAllBytes(_directory["i.tar"], Tars.Of(entries));
        return ImageSources.Open(new ImageReference(_directory["i.tar"]) { DisplayName = "i" }, new EngineContext(limits ?? new RootfsLimits(), RootfsLog.None));
    }

    private static byte[] ReadLayer(ImageSource source)
    {
        SelectedImage image = ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load();
        using VerifyingStream layer = BlobReader.Open(source, Assert.Single(image.Layers));
        using MemoryStream bytes = new();
        layer.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>With a hole wherever 512 zeros begin at a block.</summary>
    private static TarItem Sparse(TarItem file, TarSparseForm form)
    {
        using MemoryStream output = new();
        file.Content.WriteTo(output);
        byte[] content = output.ToArray();
        List<(long, TarContent)> extents = [];
        for (int at = 0; at < content.Length; at += 512)
        {
            byte[] block = content[at..Math.Min(at + 512, content.Length)];
            if (block.AsSpan().ContainsAnyExcept((byte)0))
                extents.Add((at, block));
        }
        return Tars.Sparse(file.Name, form, content.Length, [.. extents]);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_file_of_a_layout_may_be_sparse(TarSparseForm form)
    {
        using ImageSource source = Open(A.ToLayout().Entries().Select(e => Sparse(e, form)));
        Assert.Equal(Layer, ReadLayer(source));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_file_of_a_docker_archive_may_be_sparse(TarSparseForm form)
    {
        using ImageSource source = Open(ImageDockerArchive.Entries(DockerForm.Legacy, A).Cast<TarItem>().Select(e => Sparse(e, form)));
        Assert.Equal(Layer, ReadLayer(source));
    }

    [Fact]
    public void A_sparse_file_and_the_same_file_whole_are_no_different_files()
    {
        IEnumerable<TarItem> entries = A.ToLayout().Entries();
        using ImageSource source = Open([.. entries, .. entries.Select(static e => Sparse(e, TarSparseForm.Pax10))]);
        Assert.Equal(Layer, ReadLayer(source));
    }

    [Fact]
    public void A_hole_where_the_content_has_something_is_found_by_the_digest()
    {
        TarItem[] entries = [.. A.ToLayout().Entries().Select(static e => e.Content.Length == Layer.Length
            ? Tars.Sparse(e.Name, TarSparseForm.Pax10, Layer.Length, (0, Layer[..512]))
            : e)];
        using ImageSource source = Open(entries);
        Error("OCI3002", () => ReadLayer(source));
    }

    [Fact]
    public void Holes_count_as_what_the_archive_unpacks_to()
    {
        TarItem[] entries = [.. A.ToLayout().Entries(), .. Enumerable.Range(0, 3).Select(static i => Tars.Sparse($"{i}", TarSparseForm.Pax10, 30L << 30, (0, "x")))];
        Error("OCI4230", () => Open(entries).Dispose());
    }

    [Fact]
    public void Extents_count_as_what_is_kept_of_the_archive()
    {
        (long, TarContent)[] extents = [.. Enumerable.Range(0, 1000).Select(static i => (i * 1024L, (TarContent)"x"))];
        TarItem[] entries = [.. A.ToLayout().Entries(), Tars.Sparse("sparse", TarSparseForm.Pax10, 2 << 20, extents)];
        Error("OCI4229", () => Open(entries, new RootfsLimits { MaxNameBytes = 80_000 }).Dispose());
        Open(entries, new RootfsLimits { MaxNameBytes = 200_000 }).Dispose();
    }
}
