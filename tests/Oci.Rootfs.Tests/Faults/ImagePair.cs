using System.Globalization;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>Two images and what their trees look like, made once for all tests.</summary>
internal sealed class ImagePair
{
    private static readonly Lazy<ImagePair> LazyLight = new(static () => new ImagePair(heavy: false));
    private static readonly Lazy<ImagePair> LazyHeavy = new(static () => new ImagePair(heavy: true));
    private static readonly TempDirectory Temp = MakeTemp();

    private ImagePair(bool heavy)
    {
        string name = heavy ? "heavy" : "light";
        OldImage = Image.Of(Of(File("old", "old"), Dir("etc"), File("etc/conf", "1"))).For(null).SaveArchive(Temp[name + "-old.tar"]);
        NewImage = Image.Of(ImageLayer.Plain(New(heavy)), ImageLayer.Gzip(Of(Whiteout("d1/f1"), File("d2/f2", "upper"), Hardlink("also", "d3/f3"))))
            .For(null).SaveArchive(Temp[name + "-new.tar"]);
        OldTree = Reference(OldImage, name + "-old");
        NewTree = Reference(NewImage, name + "-new");
    }

    public static ImagePair Light => LazyLight.Value;

    public static ImagePair Heavy => LazyHeavy.Value;

    public string OldImage { get; }

    public string NewImage { get; }

    public IReadOnlyList<string> OldTree { get; }

    public IReadOnlyList<string> NewTree { get; }

    /// <summary>Every path with type, mode, time, link target and length, and every file's digest.</summary>
    public static IReadOnlyList<string> Whole(string directory)
    {
        CommandResult listed = Command.Run("sh", "-c",
            $"cd '{directory}' && find . \\( -type f -printf '%p %y %m %T@ %s\\n' \\) -o -printf '%p %y %m %T@ %l\\n' && find . -type f -exec sha256sum '{{}}' +");
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private static TempDirectory MakeTemp()
    {
        TempDirectory temp = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => temp.Dispose();
        return temp;
    }

    private static byte[] New(bool heavy) => Of(
    [
        .. Enumerable.Range(0, heavy ? 3000 : 200).Select(static i => File(string.Create(CultureInfo.InvariantCulture, $"d{i % 10}/f{i}"), $"content {i}", mtime: i)),
        .. Enumerable.Range(0, heavy ? 12 : 1).Select(static i => File(string.Create(CultureInfo.InvariantCulture, $"large{i}"), TarContent.Generated(2 << 20, i))),
        Symlink("link", "d1/f2"), Hardlink("hard", "d1/f1"), Fifo("fifo"), Dir("d1", mode: "0555", mtime: 7), Dir("closed", mode: "0000"),
        File("noted", "x") with { Xattrs = [Xattr("user.note", "hello")] },
    ]);

    private static IReadOnlyList<string> Reference(string image, string name)
    {
        RootfsExtractor.Extract(new RootfsRequest { Image = image, RootfsDirectory = Temp[name], Name = name }, TestContext.Current.CancellationToken);
        IReadOnlyList<string> tree = Whole(Temp[name]);
        RootfsExtractor.Clean(Temp[name], cancellation: TestContext.Current.CancellationToken);
        return tree;
    }
}
