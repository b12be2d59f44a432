using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>Images that can't be extracted: how to make each one, its code and the parts of its message.</summary>
/// <param name="Code">The code of the error.</param>
/// <param name="Says">Parts of the message.</param>
/// <param name="Write">Writes the image to this path.</param>
/// <param name="Metadata">Metadata of the item, beyond the platform.</param>
internal sealed record BadImage(string Code, string[] Says, Action<string> Write, params (string Name, string Value)[] Metadata);

internal static class BadImages
{
    private static readonly ImageLayer Base = ImageLayer.Gzip(Tars.Of(Tars.Dir("etc"), Tars.File("etc/motd", "bad\n")));

    private static readonly Image Good = Image.Of(Base).For("linux/amd64").Tagged("v1");

    public static IReadOnlyDictionary<string, BadImage> All { get; } = new Dictionary<string, BadImage>
    {
        ["no such file"] = new("OCI1001", ["does not exist"], static _ => { }),
        ["a file of zeros"] = new("OCI1005", ["not an OCI image"], static path => File.WriteAllBytes(path, new byte[1024])),
        ["a text file"] = new("OCI1005", ["not an OCI image"], static path => File.WriteAllText(path, string.Join('\n', Enumerable.Repeat("just text", 200)))),
        ["an empty file"] = new("OCI1004", ["empty"], static path => File.WriteAllBytes(path, [])),
        ["an empty directory"] = new("OCI1005", ["not an OCI image"], static path => Directory.CreateDirectory(path)),
        ["an archive compressed with xz"] = new("OCI1006", ["compressed", "xz"], static path => File.WriteAllBytes(path, [0xfd, .. "7zXZ"u8, 0, .. new byte[600]])),
        ["a truncated archive"] = new("OCI1007", ["damaged"], static path => File.WriteAllBytes(path, Good.ToLayout().ToArchive()[..1300])),
        ["two indexes"] = new("OCI1009", ["'index.json'"], static path => File.WriteAllBytes(path, TwoIndexes())),
        ["a layout without an index"] = new("OCI1008", ["index.json"], static path => Without("index.json").SaveDirectory(path)),
        ["a missing layer"] = new("OCI1011", [Base.DigestOfBlob()], static path => Good.ToLayout().Remove(Base.DigestOfBlob()).SaveDirectory(path)),
        ["a missing config"] = new("OCI1011", [Good.ConfigDigest], static path => Good.ToLayout().Remove(Good.ConfigDigest).SaveDirectory(path)),
        ["a layer of another size"] = new("OCI3001", [Base.DigestOfBlob(), "bytes"], static path => Good.ToLayout().Forge(Base.DigestOfBlob(), [.. Base.Blob, 0]).SaveDirectory(path)),
        ["a truncated layer blob"] = new("OCI3001", ["bytes"], static path => Good.ToLayout().Forge(Base.DigestOfBlob(), Base.Blob[..^1]).SaveDirectory(path)),
        ["a layer of another digest"] = new("OCI3002", [Base.DigestOfBlob()], static path => Good.ToLayout().Forge(Base.DigestOfBlob(), Flipped(Base.Blob)).SaveDirectory(path)),
        ["a config of another digest"] = new("OCI3002", [Good.ConfigDigest], static path => Good.ToLayout().Forge(Good.ConfigDigest, Flipped(Good.ToLayout().Files[ImageLayout.Path(Good.ConfigDigest)])).SaveDirectory(path)),
        ["a layer of another diff_id"] = new("OCI3003", ["sha256:" + new string('0', 64)], static path => Image.Of(Base with { DiffId = "sha256:" + new string('0', 64) }).For("linux/amd64").SaveArchive(path)),
        ["a gzip stream cut off"] = new("OCI3005", ["gzip", "layer 1 of 1"], static path => Image.Of(Base with { Blob = Base.Blob[..^9] }).For("linux/amd64").SaveArchive(path)),
        ["a layer that is no tar"] = new("OCI4001", ["layer 1 of 1"], static path => Image.Of(ImageLayer.Plain([.. Enumerable.Repeat((byte)'x', 1024)])).For("linux/amd64").SaveArchive(path)),
        ["a tar cut off"] = new("OCI4003", ["layer 1 of 1", "etc/motd"], static path => Image.Of(ImageLayer.Plain(Tars.Of(Tars.File("etc/motd", "bad\n"))[..515])).For("linux/amd64").SaveArchive(path)),
        ["another platform"] = new("OCI2001", ["linux/s390x", "linux/amd64"], static path => Good.SaveArchive(path), ("Platform", "linux/s390x")),
        ["a malformed platform"] = new("OCI2005", ["found linux"], static path => Good.SaveArchive(path), ("Platform", "linux")),
        ["another reference"] = new("OCI2002", ["v2", "v1"], static path => Good.SaveArchive(path), ("Reference", "v2")),
        ["an index that is no JSON"] = new("OCI2010", ["index.json"], static path => Good.ToLayout().With("index.json", "{").SaveDirectory(path)),
        ["a manifest without a config"] = new("OCI2012", ["config"], static path => (Good with { EditManifest = static m => m.Remove("config") }).SaveArchive(path)),
        ["a layer that leads out of the tree"] = new("OCI4101", ["../etc/passwd"], static path => Image.Of(ImageLayer.Plain(Tars.Of(Tars.File("../etc/passwd", "x")))).For("linux/amd64").SaveArchive(path)),
        ["a hard link to nothing"] = new("OCI4123", ["a", "nothing"], static path => Image.Of(Tars.Of(Tars.Hardlink("a", "nothing"))).For("linux/amd64").SaveArchive(path)),
    };

    /// <summary>An image that can be extracted; its tree has <c>etc/motd</c>.</summary>
    public static void WriteGood(string path) =>
        Image.Of(Tars.Of(Tars.Dir("etc"), Tars.File("etc/motd", "good\n"))).For("linux/amd64").SaveArchive(path);

    private static string DigestOfBlob(this ImageLayer layer) => new ImageLayout().Add(layer.Blob);

    private static byte[] Flipped(byte[] content)
    {
        byte[] flipped = [.. content];
        flipped[content.Length / 2] ^= 1;
        return flipped;
    }

    private static ImageLayout Without(string file)
    {
        ImageLayout layout = Good.ToLayout();
        layout.Files.Remove(file);
        return layout;
    }

    private static byte[] TwoIndexes() =>
        Tars.Of([.. Good.ToLayout().Entries(), .. Good.Tagged("v2").ToLayout().Entries().Where(static e => e.Name.ToString() == "index.json")]);
}
