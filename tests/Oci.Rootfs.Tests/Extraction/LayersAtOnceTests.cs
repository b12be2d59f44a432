using System.Globalization;
using Oci.Images;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>
/// Layers are read several at once. What comes out is the same on any number of cores, and in whatever order the threads run: here they are
/// delayed at random, and their layers hide, replace and link each other's files.
/// </summary>
public sealed class LayersAtOnceTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_tree_is_the_same_however_many_layers_are_read_at_once_and_whoever_comes_first(int seed)
    {
        ImageLayer[] layers = Layers(new Random(seed));
        string expected = Result(layers, cores: 1, seed: null);

        foreach (int cores in (int[])[2, 5, 12])
            Assert.Equal(expected, Result(layers, cores, seed * 1000 + cores));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Archives_without_a_directory_are_the_same_too(int seed)
    {
        ImageLayer[] layers = Layers(new Random(-seed));
        string expected = Archive(layers, cores: 1, seed: null);

        foreach (int cores in (int[])[3, 12])
            Assert.Equal(expected, Archive(layers, cores, seed * 1000 + cores));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_topmost_layer_that_is_wrong_is_the_one_that_the_error_names(int seed)
    {
        // Layers 2 and 4 of 6 are wrong. The one below is wrong at once, the one above at its end.
        ImageLayer good = Tars.Of(Tars.File("good", new byte[100_000])), late = Tars.Of(Tars.File("late", new byte[300_000]), Tars.File("../late")), early = Tars.Of(Tars.File("../early"));
        using Scenario scenario = new();
        scenario.With(good, early, good, late, good, good);

        OciException e = scenario.Fails(r => r with { Cores = 6, Pause = Delays(seed) });

        Assert.Equal(("OCI4101", "../late"), (e.Code, e.Entry));
        Assert.StartsWith("4 of 6", e.Layer, StringComparison.Ordinal);
        scenario.ShouldHaveNoLitter();
    }

    [Fact]
    public void Warnings_come_in_the_order_of_the_layers()
    {
        ImageLayer[] layers = [.. Enumerable.Range(0, 8).Select(static i => (ImageLayer)Tars.Of(Enumerable.Range(0, 3).Select(j => Tars.CharDevice(string.Create(CultureInfo.InvariantCulture, $"d{i}-{j}"), 0, 0)).ToArray<TarPart>()))];
        string[] Warnings(int cores)
        {
            using Scenario scenario = new();
            scenario.With(layers).Extract(r => r with { Cores = cores, Pause = Delays(cores) });
            return [.. scenario.Messages.Where(static m => m.Kind == RootfsMessageKind.Warning).Select(static m => m.Text)];
        }
        string[] expected = Warnings(1);

        Assert.InRange(expected.Length, 11, 12);
        Assert.Equal(expected, Warnings(4));
        Assert.Equal(expected, Warnings(8));
    }

    [Fact]
    public void Equal_layers_have_the_same_places_in_every_build()
    {
        // The same tar in two blobs: either may take either place.
        byte[] tar = Tars.Of(Tars.File("same"));
        ImageLayer[] layers = [ImageLayer.Gzip(tar), ImageLayer.Plain(tar), Tars.Of(Tars.File("other")), ImageLayer.Gzip(tar, members: 2)];
        IReadOnlyList<string> Blobs(int cores)
        {
            using Scenario scenario = new();
            return [.. scenario.With(layers).Extract(r => r with { Cores = cores, Pause = Delays(cores) }).Layers.Select(static l => l.Digest)];
        }
        IReadOnlyList<string> expected = Blobs(1);

        Assert.All(Enumerable.Range(2, 6), cores => Assert.Equal(expected, Blobs(cores)));
    }

    [Fact]
    public void A_build_that_is_cancelled_while_all_layers_are_read_ends()
    {
        using Scenario scenario = new();
        scenario.With(Enumerable.Range(0, 6).Select(static i => (ImageLayer)Tars.Of(Enumerable.Range(0, 500).Select(j => Tars.File(string.Create(CultureInfo.InvariantCulture, $"{i}/{j}"), "x")).ToArray<TarPart>())));
        using CancellationTokenSource cancellation = new();
        int entries = 0;
        void Cancel(int layer)
        {
            if (Interlocked.Increment(ref entries) == 700)
                cancellation.Cancel();
        }

        Assert.Throws<OperationCanceledException>(() => RootfsExtractor.Extract(scenario.Request with { Cores = 6, Pause = Cancel }, cancellation.Token));

        Assert.False(Directory.Exists(scenario.Rootfs));
        scenario.ShouldHaveNoLitter();
    }

    [Fact]
    public void What_no_thread_could_know_is_written_in_vain_and_removed()
    {
        // The upper layer hides all of the lower one by its last entry, and waits until the lower one is read.
        using Scenario scenario = new();
        using ManualResetEventSlim read = new();
        scenario.With(Tars.Of(Enumerable.Range(0, 20).Select(static i => Tars.File(string.Create(CultureInfo.InvariantCulture, $"d/{i}"), "x")).ToArray<TarPart>()), Tars.Of(Tars.File("first"), Tars.Opaque("d"), Tars.File("d/new")));
        int lower = 0;

        scenario.Extract(r => r with
        {
            Cores = 2,
            Pause = layer =>
            {
                if (layer == 0 && Interlocked.Increment(ref lower) == 20)
                    read.Set();
                else if (layer == 1)
                    read.Wait(TimeSpan.FromMinutes(1));
            },
        });

        Assert.Equal(["new"], Directory.GetFiles(Path.Combine(scenario.Rootfs, "d")).Select(Path.GetFileName));
        int vain = int.Parse(scenario.Messages.Single(static m => m.Text.StartsWith("Contents written in vain: ", StringComparison.Ordinal)).Text["Contents written in vain: ".Length..^1], CultureInfo.InvariantCulture);
        Assert.InRange(vain, 19, 20);
    }

    private static string Result(ImageLayer[] layers, int cores, int? seed)
    {
        using Scenario scenario = new();
        scenario.With(layers);
        try
        {
            scenario.Extract(r => r with { Cores = cores, Pause = Delays(seed), SourceDateEpoch = 5 });
        }
        catch (OciException e)
        {
            return $"{e.Code} {e.Layer} {e.Entry}";
        }
        scenario.ShouldHaveNoLitter();
        return string.Join('\n', DiskTree.Of(scenario.Rootfs)) + File.ReadAllText(scenario.Record);
    }

    private static string Archive(ImageLayer[] layers, int cores, int? seed)
    {
        using Scenario scenario = new();
        scenario.With(layers);
        string archive = scenario["out/a.tar"];
        try
        {
            RootfsResult result = RootfsExtractor.Extract(
                scenario.Request with { RootfsDirectory = null, Outputs = [new(OutputKind.RootfsArchive, archive)], Cores = cores, Pause = Delays(seed) }, TestContext.Current.CancellationToken);
            return result.Archives[0].Digest;
        }
        catch (OciException e)
        {
            return $"{e.Code} {e.Layer} {e.Entry}";
        }
    }

    /// <summary>Delays each thread at random, by nothing, by giving the processor away or by some time.</summary>
    private static Action<int>? Delays(int? seed)
    {
        if (seed is not { } number)
            return null;
        Random random = new(number);
        Lock one = new();
        return _ =>
        {
            int choice;
            lock (one)
                choice = random.Next(10);
            if (choice < 3)
                Thread.Sleep(choice);
            else if (choice < 6)
                Thread.Yield();
        };
    }

    /// <summary>Layers over few names, so that they collide.</summary>
    private static ImageLayer[] Layers(Random random) => [.. Enumerable.Range(0, random.Next(2, 8)).Select(i => Layer(random, i))];

    private static ImageLayer Layer(Random random, int number) => Tars.Of(Enumerable.Range(0, random.Next(1, 12)).Select(j => Item(random, number, j)).ToArray<TarPart>());

    private static TarItem Item(Random random, int layer, int row)
    {
        string path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Names[random.Next(Names.Length)]));
        string content = string.Create(CultureInfo.InvariantCulture, $"{layer}-{row}");
        return random.Next(16) switch
        {
            < 7 => Tars.File(path, random.Next(6) == 0 ? TarContent.Generated(random.Next(60_000, 200_000), random.Next()) : content, mtime: layer),
            < 9 => Tars.Dir(path, mtime: layer),
            9 => Tars.Symlink(path, Names[random.Next(Names.Length)]),
            < 12 => Tars.Hardlink(path, string.Join('/', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Names[random.Next(Names.Length)]))),
            < 15 => Tars.Whiteout(path),
            _ => Tars.Opaque(path),
        };
    }
}
