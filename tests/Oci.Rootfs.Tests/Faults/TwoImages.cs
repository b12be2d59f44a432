using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>
/// A tree that stands (the old one) and a build that is to replace it (the new one) and meets with some fault. Whatever the fault: one
/// of the two stands, whole, or none; and the next build makes the new one and leaves nothing beside it.
/// </summary>
internal sealed class TwoImages : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly ImagePair _pair;

    /// <param name="place">Where the destination's parent is to be; null for the test's own directory.</param>
    /// <param name="heavy">More content, so that the build takes long enough for something to happen meanwhile.</param>
    public TwoImages(string? place = null, bool heavy = false)
    {
        Out = Path.Combine(place ?? _temp.Path, "out");
        _pair = heavy ? ImagePair.Heavy : ImagePair.Light;
        NewImage = _pair.NewImage;
    }

    public string OldImage => _pair.OldImage;

    /// <summary>Shared by all tests, unless the test has made a copy of its own.</summary>
    public string NewImage { get; private set; }

    public string Out { get; }

    public string Rootfs => Path.Combine(Out, "rootfs");

    public string Json => Path.Combine(Out, "config.json");

    public string Props => Path.Combine(Out, "config.props");

    public string Record => Path.Combine(Out, "rootfs.mtree");

    public string this[string name] => _temp[name];

    public List<RootfsMessage> Messages { get; } = [];

    public RootfsRequest Request => new()
    {
        Image = NewImage,
        RootfsDirectory = Rootfs,
        Name = "image",
        Outputs = [new(OutputKind.ConfigJson, Json), new(OutputKind.ConfigProps, Props), new(OutputKind.Mtree, Record)],
        Log = Messages.Add,
    };

    /// <summary>The runner's arguments for the new image. They ask for the same tree as <see cref="Request"/>: the one finds the other's up to date.</summary>
    public string[] Arguments => ["extract", NewImage, Rootfs, "--name", Request.Name, "--json", Json, "--props", Props, "--mtree", Record];

    public TwoImages WithNewImageOfItsOwn()
    {
        File.Copy(NewImage, _temp["new.tar"]);
        NewImage = _temp["new.tar"];
        return this;
    }

    public TwoImages WithOld()
    {
        RootfsExtractor.Extract(Request with { Image = OldImage }, TestContext.Current.CancellationToken);
        return this;
    }

    public bool IsOld() => Directory.Exists(Rootfs) && ImagePair.Whole(Rootfs).SequenceEqual(_pair.OldTree);

    public bool IsNew() => Directory.Exists(Rootfs) && ImagePair.Whole(Rootfs).SequenceEqual(_pair.NewTree);

    /// <summary>The old tree stands as it was, or nothing does if nothing did, and nothing is left beside it.</summary>
    public void ShouldBeUntouched(bool hadOld)
    {
        if (hadOld)
            Assert.Equal(_pair.OldTree, ImagePair.Whole(Rootfs));
        else
            Assert.False(Path.Exists(Rootfs));
        ShouldHaveNoLitter();
    }

    public void ShouldHaveNoLitter()
    {
        if (Directory.Exists(Out))
            Assert.DoesNotContain(Directory.GetFileSystemEntries(Out), static path => path.Contains(".oci-", StringComparison.Ordinal) && !path.EndsWith(".oci-state", StringComparison.Ordinal));
    }

    /// <summary>The fault is over: whatever it left, the next build makes the new tree and nothing else.</summary>
    public void NextBuildMakesTheNewTree()
    {
        RootfsExtractor.Extract(Request, TestContext.Current.CancellationToken);
        Assert.Equal(_pair.NewTree, ImagePair.Whole(Rootfs));
        Assert.Equal([".rootfs.oci", ".rootfs.oci-state", "config.json", "config.props", "rootfs", "rootfs.mtree"],
            Directory.GetFileSystemEntries(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(RootfsExtractor.Extract(Request, TestContext.Current.CancellationToken).Extracted);
    }

    public void Dispose() => _temp.Dispose();
}
