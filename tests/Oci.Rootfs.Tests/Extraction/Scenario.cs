using Oci.Images;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>One image, one destination, and all files that an extraction writes, in a directory of their own.</summary>
public sealed class Scenario : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly string? _outParent;

    /// <param name="outParent">Where the destination's parent is to be made; null for a directory of the scenario's own.</param>
    public Scenario(string? outParent = null) => _outParent = outParent;

    public string Image => _temp["image.tar"];

    /// <summary>The directory that holds everything.</summary>
    public string Place => _temp.Path;

    /// <summary>Inside a parent of its own, which doesn't exist at first.</summary>
    public string Rootfs => InOut("rootfs");

    public string Json => InOut("config.json");

    public string Props => InOut("config.props");

    public string Record => InOut("rootfs.mtree");

    /// <summary>The destination's parent.</summary>
    public string Out => System.IO.Path.Combine(_outParent ?? _temp.Path, "out");

    /// <summary>Every file that an extraction writes beside the tree.</summary>
    public IReadOnlyList<string> Outputs => [Json, Props, Record];

    public List<RootfsMessage> Messages { get; } = [];

    public string this[string path] => _temp[path];

    public Scenario With(Image image)
    {
        image.SaveArchive(Image);
        return this;
    }

    public Scenario With(params IEnumerable<ImageLayer> layers) => With(Images.Image.Of(layers).For(null));

    public RootfsRequest Request => new()
    {
        Image = Image,
        RootfsDirectory = Rootfs,
        Name = "image",
        Outputs = [new(OutputKind.ConfigJson, Json), new(OutputKind.ConfigProps, Props), new(OutputKind.Mtree, Record)],
        Log = Messages.Add,
    };

    public RootfsResult Extract(Func<RootfsRequest, RootfsRequest>? change = null)
    {
        RootfsResult result = RootfsExtractor.Extract(change is null ? Request : change(Request), TestContext.Current.CancellationToken);
        return result;
    }

    public OciException Fails(Func<RootfsRequest, RootfsRequest>? change = null) => Assert.Throws<OciException>(() => Extract(change));

    /// <summary>The runner as an ordinary user, with every output asked for.</summary>
    public CommandResult ExtractAsUser(params string[] options) =>
        Command.RunnerAsUser(Arguments(options));

    /// <summary>The runner below another program, with every output asked for.</summary>
    public CommandResult ExtractUnder(IEnumerable<string> wrapper, params string[] options) => Command.RunnerUnder(wrapper, Arguments(options));

    /// <summary>The runner's arguments.</summary>
    public string[] Arguments(params string[] options) => ["extract", Image, Rootfs, "--json", Json, "--props", Props, "--mtree", Record, .. options];

    public CommandResult CleanAsUser() => Command.RunnerAsUser("clean", Rootfs);

    public string Read(string path) => File.ReadAllText(System.IO.Path.Combine(Rootfs, path));

    /// <summary>Everything below <see cref="Place"/>, with inodes and times: equal before and after where nothing may change.</summary>
    public IReadOnlyList<string> Snapshot() => DiskTree.Snapshot(Place);

    /// <summary>Nothing but the destination, its files and its mark is left.</summary>
    public void ShouldHaveNoLitter() => Assert.DoesNotContain(DiskTree.Of(Place), static l => l.Contains(".oci-", StringComparison.Ordinal) && !l.Contains(".oci-state ", StringComparison.Ordinal));

    public void Dispose() => _temp.Dispose();

    private string InOut(string name) => System.IO.Path.Combine(Out, name);
}
