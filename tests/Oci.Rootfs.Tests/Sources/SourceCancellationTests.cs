using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>Whoever cancels a build while the image is looked through does not wait for that to end.</summary>
public sealed class SourceCancellationTests : IDisposable
{
    private static readonly byte[] Layer = Tars.Of(Tars.File("a"));
    private static readonly Image A = Image.Of(ImageLayer.Gzip(Layer)).For("linux/amd64");

    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _cancelled = new();

    public SourceCancellationTests() => _cancelled.Cancel();

    public void Dispose()
    {
        _cancelled.Dispose();
        _directory.Dispose();
    }

    private EngineContext Cancelled => new(new RootfsLimits(), RootfsLog.None, _cancelled.Token);

    private static void Stops(Action action) => Assert.Throws<OperationCanceledException>(action);

    private ArchiveFiles Files(params IEnumerable<TarPart> entries)
    {
        File.WriteAllBytes(_directory["i.tar"], Tars.Of(entries));
        return new ArchiveFiles(File.OpenHandle(_directory["i.tar"]), new FileInfo(_directory["i.tar"]).Length, new EngineContext());
    }

    [Fact]
    public void Reading_the_names_of_an_archive_ends() => Stops(() => ImageSources.Open(new ImageReference(A.SaveArchive(_directory["i.tar"])) { DisplayName = "i" }, Cancelled, Expect.NoUnpacking));

    [Fact]
    public void Reading_headers_that_describe_nothing_ends()
    {
        byte[] archive = Tars.Of([.. Enumerable.Repeat<TarPart>(Tars.GlobalHeader(), 10), Tars.File("a")]);
        using MemoryStream stream = new(archive);
        StreamTarInput input = new(stream);

        Stops(() => new TarReader(input, Cancelled).Read());

        Assert.True(input.Position < archive.Length / 2);
    }

    [Fact]
    public void Comparing_duplicates_ends()
    {
        using CancellationTokenSource cancelling = new();
        File.WriteAllBytes(_directory["i.tar"], Tars.Of(Tars.File("a", Layer), Tars.File("a", Layer)));
        using ArchiveFiles files = new(File.OpenHandle(_directory["i.tar"]), new FileInfo(_directory["i.tar"]).Length, new EngineContext(new RootfsLimits(), RootfsLog.None, cancelling.Token));
        cancelling.Cancel();

        Stops(() => files.Find("a"));
    }

    [Fact]
    public void Hashing_the_layers_of_a_docker_archive_ends()
    {
        using ArchiveFiles files = Files(ImageDockerArchive.Entries(DockerForm.Legacy, A));

        Stops(() => new DockerArchive(files, Cancelled) { DisplayName = "i" }.Dispose());
    }

    [Fact]
    public void Reading_a_long_document_ends()
    {
        byte[] index = ImageLayout.Of([.. Enumerable.Repeat<ImagePart>(A, 5000)]).Files["index.json"];

        Stops(() => IndexDocument.Parse(index, "index.json", null, Cancelled));
    }

    [Fact]
    public void Passing_over_a_long_member_of_a_document_ends()
    {
        string skipped = string.Join(',', Enumerable.Repeat("0", 100_000));

        Stops(() => IndexDocument.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[],"x":[{{skipped}}]}"""), "index.json", null, Cancelled));
    }

    [Fact]
    public void Walking_the_indexes_ends_with_the_one_that_is_read()
    {
        ImageIndex[] nested = [.. Enumerable.Range(0, 50).Select(static i => new ImageIndex { Text = $$"""{"schemaVersion":2,"manifests":[],"n":{{i}}}""" })];
        Assert.Equal(3, OpensUntilCancelled(ImageLayout.Of(nested), at: 3, platform: "linux/amd64"));
    }

    [Fact]
    public void Looking_for_the_platforms_of_many_images_ends_with_the_one_that_is_read()
    {
        Image[] silent = [.. Enumerable.Range(0, 50).Select(static i => Image.Of(Tars.Of(Tars.File($"{i}"))).For("linux/amd64", inIndex: false))];
        Assert.InRange(OpensUntilCancelled(ImageLayout.Of(silent), at: 4, platform: "linux/amd64"), 4, 5);
    }

    [Fact]
    public void Listing_many_images_ends_with_the_one_that_is_read()
    {
        Image[] images = [.. Enumerable.Range(0, 50).Select(static i => Image.Of(Tars.Of(Tars.File($"{i}"))).For("linux/amd64"))];
        Assert.InRange(OpensUntilCancelled(ImageLayout.Of(images), at: 20, platform: null), 20, 21);
    }

    /// <param name="layout">The image.</param>
    /// <param name="at">The blob that cancels when it is opened, counted from 1.</param>
    /// <param name="platform">Null for listing.</param>
    private static int OpensUntilCancelled(ImageLayout layout, int at, string? platform)
    {
        using CancellationTokenSource cancelling = new();
        using Opened opened = new(layout);
        int opens = 0;
        using WatchedSource source = new(opened.Source, _ =>
        {
            if (++opens == at)
                cancelling.Cancel();
        })
        { DisplayName = "i" };
        EngineContext context = new(new RootfsLimits(), RootfsLog.None, cancelling.Token);
        Stops(() =>
        {
            if (platform is null)
                _ = ImageLister.List(source, platform, null, context);
            else
                _ = ImageSelector.Select(source, platform, null, context);
        });
        return opens;
    }
}
