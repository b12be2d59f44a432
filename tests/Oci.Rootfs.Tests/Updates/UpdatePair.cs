using System.Globalization;
using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>Two images with one base, whose top layers differ in every way in which an update has to do something.</summary>
internal sealed class UpdatePair : IDisposable
{
    private static readonly TempDirectory Images = MakeImages();
    private static readonly Lazy<IReadOnlyList<string>> LazyOld = new(static () => Reference("old")), LazyNew = new(static () => Reference("new"));

    private readonly TempDirectory _temp = new();

    public static string OldImage => Images["old.tar"];

    public static string NewImage => Images["new.tar"];

    public static IReadOnlyList<string> OldTree => LazyOld.Value;

    public static IReadOnlyList<string> NewTree => LazyNew.Value;

    public string Out => _temp["out"];

    public string Rootfs => _temp["out/rootfs"];

    public string this[string path] => _temp[path];

    public List<RootfsMessage> Messages { get; } = [];

    public string TreeState => _temp["out/.rootfs.oci-state"];

    public string StateFile => _temp["out/.rootfs.oci"];

    public RootfsRequest Request => new()
    {
        Image = NewImage,
        RootfsDirectory = Rootfs,
        Name = "image",
        Outputs = [new(OutputKind.ConfigJson, _temp["out/config.json"]), new(OutputKind.Mtree, _temp["out/rootfs.mtree"])],
        Log = Messages.Add,
    };

    /// <summary>The runner's arguments for an image.</summary>
    public string[] Arguments(string image, params string[] more) =>
        ["extract", image, Rootfs, "--name", "image", "--json", _temp["out/config.json"], "--mtree", _temp["out/rootfs.mtree"], "--cores", "1", .. more];

    public UpdatePair WithOld()
    {
        RootfsExtractor.Extract(Request with { Image = OldImage }, TestContext.Current.CancellationToken);
        Messages.Clear();
        return this;
    }

    public RootfsResult Update(Func<RootfsRequest, RootfsRequest>? change = null) =>
        RootfsExtractor.Extract(change is null ? Request : change(Request), TestContext.Current.CancellationToken);

    public bool IsOld() => Directory.Exists(Rootfs) && WholeTree.Of(Rootfs).SequenceEqual(OldTree);

    public bool IsNew() => Directory.Exists(Rootfs) && WholeTree.Of(Rootfs).SequenceEqual(NewTree);

    /// <summary>Whatever happened: a build of an image gives its tree, and leaves nothing beside it.</summary>
    public void NextBuildMakes(string image)
    {
        RootfsExtractor.Extract(Request with { Image = image }, TestContext.Current.CancellationToken);
        Assert.Equal(image == OldImage ? OldTree : NewTree, WholeTree.Of(Rootfs));
        Assert.Equal([".rootfs.oci", ".rootfs.oci-state", "config.json", "rootfs", "rootfs.mtree"], Directory.GetFileSystemEntries(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(RootfsExtractor.Extract(Request with { Image = image, Verify = RootfsVerification.Content }, TestContext.Current.CancellationToken).Extracted);
    }

    /// <summary>The key in the state file; null where it vouches for nothing.</summary>
    public string? Key() => JsonNode.Parse(System.IO.File.ReadAllText(StateFile))!["key"]?.GetValue<string>();

    public void Dispose() => _temp.Dispose();

    private static TempDirectory MakeImages()
    {
        TempDirectory temp = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => temp.Dispose();
        ImageLayer @base = Of(
        [
            Dir("etc", mtime: 5), File("etc/conf", "1", mtime: 5), File("etc/mode", "m", mode: "0644", mtime: 3), File("large", TarContent.Generated(300_000, 1)),
            Dir("bin", mode: "0555", mtime: 4), File("bin/tool", "tool", mode: "0755"), Hardlink("bin/other", "bin/tool"), Symlink("lib", "usr/lib"), Dir("usr/lib"),
            .. Enumerable.Range(0, 30).Select(static i => File(string.Create(CultureInfo.InvariantCulture, $"usr/lib/f{i % 10}/{i}"), $"content {i}", mtime: i)),
            File("gone/a"), File("gone/b/c"), Hardlink("gone/link", "bin/tool"), File("was-file"), Dir("was-dir"), File("was-dir/x"), Symlink("was-link", "etc"), Fifo("fifo"),
            File("noted", "x") with { Xattrs = [Xattr("user.note", "hello")] }, Dir("closed", mode: "0700") with { Xattrs = [Xattr("user.dir", "1")] },
        ]);
        Image.Of(@base, Of(File("etc/conf", "2", mtime: 6), File("etc/mode", "m", mode: "0644", mtime: 3))).For(null).SaveArchive(temp["old.tar"]);
        Image.Of(@base, Of(
            File("etc/conf", "3", mtime: 7), File("etc/mode", "m", mode: "0600", mtime: 4) with { Xattrs = [Xattr("user.new", "1")] }, Dir("etc", mode: "0750", mtime: 8),
            Whiteout("gone"), File("bin/new", "new"), Hardlink("usr/tool", "bin/tool"), Whiteout("bin/other"), Whiteout("was-file"), Dir("was-file"), File("was-file/in", "in"),
            Whiteout("was-dir"), File("was-dir", "file now"), Symlink("was-link", "bin"), Dir("closed", mode: "0711"), Fifo("usr/fifo"), Dir("new/deep/er"), File("new/deep/er/f", "f"),
            CharDevice("null", 1, 3))).For(null).SaveArchive(temp["new.tar"]);
        return temp;
    }

    private static IReadOnlyList<string> Reference(string name)
    {
        string tree = Images["reference-" + name + "/rootfs"];
        RootfsExtractor.Extract(new RootfsRequest { Image = Images[name + ".tar"], RootfsDirectory = tree, Name = name, Incremental = false }, TestContext.Current.CancellationToken);
        return WholeTree.Of(tree);
    }
}
