using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using Oci.Rootfs.Spec;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>What each thing of an image may cost is bounded, and there may be any number of things: the sum is bounded too.</summary>
public sealed class SourceCostTests : IDisposable
{
    private const int Mib = 1 << 20;

    private static readonly byte[] Layer = Tars.Of(Tars.File("a"));
    private static readonly Image A = Image.Of(Layer).For("linux/amd64");

    private static readonly byte[] Config = A.ToLayout().Files[ImageLayout.Path(A.ConfigDigest)];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private ImageSource Open(IEnumerable<TarPart> entries, RootfsLimits? limits = null)
    {
        File.WriteAllBytes(_directory["i.tar"], Tars.Of(entries));
        return ImageSources.Open(new ImageReference(_directory["i.tar"]) { DisplayName = "i" }, new EngineContext(limits ?? new RootfsLimits(), RootfsLog.None));
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void An_index_that_is_listed_a_thousand_times_is_read_once()
    {
        ImageIndex nested = new(A);
        using Opened opened = new(ImageLayout.Of(Enumerable.Repeat<ImagePart>(nested, 1000)));
        int opens = 0;
        using WatchedSource source = new(opened.Source, _ => opens++) { DisplayName = "i" };

        IReadOnlyList<Candidate> found = CandidateFinder.All(source, opened.Context);

        Assert.Equal(A.Digest, Assert.Single(found).Manifest.Digest.ToString());
        Assert.Equal(1, opens);
    }

    [Fact]
    public void An_index_under_two_names_is_read_once_and_has_both()
    {
        ImageIndex nested = new(A);
        using Opened opened = new(ImageLayout.Of(nested with { Tag = "v1" }, nested with { Tag = "latest" }));
        int opens = 0;
        using WatchedSource source = new(opened.Source, _ => opens++) { DisplayName = "i" };

        Assert.Equal(["v1", "latest"], CandidateFinder.All(source, opened.Context).SelectMany(static c => c.Names));
        Assert.Equal(1, opens);
    }

    [Fact]
    public void Annotations_that_nobody_asks_for_take_no_memory()
    {
        JsonObject annotations = new() { ["a"] = new string('x', 8 * Mib), ["org.opencontainers.image.ref.name"] = new string('y', 4 * Mib) };
        byte[] index = ImageLayout.Of(A with { EditDescriptor = d => d["annotations"] = annotations }).Files["index.json"];
        IndexDocument? read = null;

        long allocated = Allocated(() => read = IndexDocument.Parse(index, "index.json", null, new EngineContext()));

        Assert.Single(read!.Manifests);
        Assert.True(allocated < Mib, $"{allocated} bytes");
    }

    [Fact]
    public void The_documents_of_an_image_are_bounded_in_all()
    {
        static Image Padded(int i) => Image.Of(Layer).For("linux/amd64", inIndex: false) with { Tag = $"v{i}", EditConfig = c => c["comment"] = new string((char)('a' + i), 14 * Mib) };
        using Opened opened = new(ImageLayout.Of([.. Enumerable.Range(0, 5).Select(Padded)]));

        Assert.Contains("MaxJsonBytesInAll", Error("OCI4232", () => opened.Select()).Hint, StringComparison.Ordinal);
        Assert.Equal(Padded(2).Digest, Opened.Load(ImageLayout.Of(Padded(1), Padded(2)), reference: "v2").Manifest.Digest.ToString());
    }

    [Fact]
    public void The_configs_of_a_docker_archive_are_bounded_in_all()
    {
        Image[] images = [.. Enumerable.Range(0, 5).Select(static i => A with { EditConfig = c => c["comment"] = new string((char)('a' + i), 14 * Mib) })];

        Error("OCI4232", () => Open(ImageDockerArchive.Entries(DockerForm.Legacy, images)).Dispose());
    }

    [Fact]
    public void A_docker_archives_config_is_read_again_when_it_is_chosen_instead_of_being_kept()
    {
        Image image = A with { EditConfig = static c => c["comment"] = "kept" };
        using ImageSource source = Open(ImageDockerArchive.Entries(DockerForm.Legacy, image));
        byte[] archive = File.ReadAllBytes(_directory["i.tar"]);
        using (FileStream file = File.OpenWrite(_directory["i.tar"]))
        {
            file.Position = archive.AsSpan().IndexOf("kept"u8);
            file.WriteByte((byte)'w');
        }

        Error("OCI3002", () => ImageSelector.Select(source, "linux/amd64", null, new EngineContext()).Load());
    }

    [Fact]
    public void A_name_in_the_outer_archive_that_nobody_can_ask_for_takes_no_memory()
    {
        string slashes = string.Concat(Enumerable.Repeat("a/", Mib / 2));
        TarPart[] entries = [.. A.ToLayout().Entries(), .. Enumerable.Range(0, 20).Select(i => Tars.File($"{slashes}{i}")), Tars.Symlink("link", slashes)];
        File.WriteAllBytes(_directory["i.tar"], Tars.Of(entries));

        // Names that are read pass through a buffer, which is given up again.
        long allocated = Allocated(() => ImageSources.Open(new ImageReference(_directory["i.tar"]) { DisplayName = "i" }, new EngineContext()).Dispose());

        Assert.True(allocated < 150 * Mib, $"{allocated} bytes");
    }

    [Fact]
    public void Duplicates_of_a_file_are_compared_once_however_often_the_file_is_listed()
    {
        string config = A.ConfigDigest.Split(':')[1] + ".json";
        string layers = string.Join(',', Enumerable.Repeat("\"layer\"", 400));
        TarPart[] entries =
        [
            Tars.File(config, Config),
            Tars.File("manifest.json", $$"""[{"Config":"{{config}}","Layers":[{{layers}}]}]"""),
            .. Enumerable.Repeat(Tars.File("layer", Layer), 400),
        ];

        long allocated = Allocated(() => Open(entries).Dispose());

        Assert.True(allocated < 80 * Mib, $"{allocated} bytes");
    }

    [Fact]
    public void Duplicates_that_differ_are_told_from_each_other_once_however_often_the_file_is_asked_for()
    {
        string name = ImageLayout.Path(A.ConfigDigest);
        TarPart[] entries = [.. A.ToLayout().Entries(), .. Enumerable.Repeat(Tars.File(name, Config), 400)];
        byte[] forged = Config;
        forged[^1] ^= 1;
        using ImageSource source = Open([Tars.File(name, forged), .. entries]);
        Descriptor config = new(MediaTypes.Config, Digest(A.ConfigDigest), forged.Length);

        long allocated = Allocated(() =>
        {
            for (int i = 0; i < 200; i++)
                Error("OCI1009", () => source.OpenBlob(config).Dispose());
        });

        Assert.True(allocated < 80 * Mib, $"{allocated} bytes");
    }

    [Fact]
    public void An_archives_entries_may_be_an_eighth_of_the_paths_of_a_tree()
    {
        TarPart[] entries = [.. A.ToLayout().Entries(), .. Enumerable.Range(0, 60).Select(static i => Tars.File($"f{i}"))];
        Error("OCI4228", () => Open(entries, new RootfsLimits { MaxNodes = 400 }).Dispose());
        Open(entries, new RootfsLimits { MaxNodes = 800 }).Dispose();
    }

    [Fact]
    public void What_an_error_lists_is_short_whatever_the_image_calls_things()
    {
        Image[] images = [.. Enumerable.Range(0, 100).Select(static i => Image.Of(Tars.Of(Tars.File($"f{i}"))).For("linux/" + new string('é', 2000)) with { Tag = i + new string('\u0001', 3000) })];

        OciException e = Error("OCI2001", () => Opened.Load(ImageLayout.Of(images)));

        Assert.True(e.Message.Length < 20_000, $"{e.Message.Length} characters");
    }

    [Fact]
    public void What_is_skipped_is_not_told_a_thousandfold()
    {
        ImageDescriptor other = new("application/x", "sha256:" + new string('a', 64));
        using Opened opened = new(ImageLayout.Of([A, .. Enumerable.Repeat<ImagePart>(other, 1000)]));

        opened.Select();

        Assert.InRange(opened.Messages.Count(static m => m.Text.Contains("skipped", StringComparison.Ordinal)), 1, 20);
    }

    private static Digest Digest(string text) => Oci.Rootfs.Spec.Digest.TryParse(text, out Digest? digest) ? digest : throw new ArgumentException(text);
}
