using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Fuzz;

/// <summary>Good inputs for mutation, with every form of header, layer and document in them.</summary>
internal static class Corpus
{
    private static byte[] Capability => [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static IReadOnlyList<byte[]> Tars { get; } =
    [
        Of(Dir("./"), Dir("etc", mtime: 5), File("etc/hostname", "box\n", mtime: 9), Symlink("lib", "usr/lib"), Dir("usr/lib", mode: "0711"), File("usr/lib/a", "1", mode: "4755"),
            Hardlink("usr/lib/b", "usr/lib/a"), Fifo("run"), CharDevice("dev/null", 1, 3), BlockDevice("dev/sda", 8, 0), Dir("closed", mode: "0000")),
        Of(Whiteout("etc/hostname"), Opaque("usr"), File("usr/new", "2"), File("lib/c", "3"), Hardlink("forward", "z"), File("z", "4"), File("z", "5"), Whiteout("run")),
        Of(File(new string('n', 150), "long"), Symlink("s", new string('t', 200)), File("far", "x", mtime: -5) with { Nanoseconds = 250_000_000 },
            File("ids", "x", uid: 4_000_000_000, gid: 3_000_000), Xattrs("x", "user.note", "hello")),
        Of(Xattrs("d/x", "security.capability", Capability), Xattrs("d/y", "user.bin", new byte[] { 0, 10, 255, 61 }, TarXattrForm.Libarchive), Xattrs("d/z", "trusted.t", "1"),
            Sparse("s00", TarSparseForm.Pax00, 9000, (100, "abc"), (4096, "def")), Sparse("s01", TarSparseForm.Pax01, 9000, (0, "abc"), (4096, "def")),
            Sparse("s10", TarSparseForm.Pax10, 70_000, (512, "abc"), (66_000, "def"))),
        Of(Sparse("old", TarSparseForm.OldGnu, 50_000, [.. Enumerable.Range(0, 9).Select(static i => ((long)i * 5000, (TarContent)"piece"))]),
            File(new string('g', 120), "x") with { Format = TarFormat.Gnu }, Symlink("gs", new string('t', 130)) with { Format = TarFormat.Gnu },
            File("big", "x", uid: 3_000_000) with { Format = TarFormat.Gnu }),
        Of(GlobalHeader(("comment", "x")), File("v7", "x") with { Format = TarFormat.V7 }, File("v7dir/") with { Format = TarFormat.V7 },
            File("a/" + new string('u', 99), "x") with { Format = TarFormat.Ustar }),
        Of(File("large", TarContent.Generated(200_000, 3)), File("hole", TarContent.Zeros(70_000)), File("empty"), File("f1", "1"), File("f2", "2"), File("f3", "3")),
        Of(File(".wh..wh.plnk/1", "aufs"), Hardlink("from-aufs", ".wh..wh.plnk/1"), File("deep/" + string.Join('/', Enumerable.Repeat("d", 90)) + "/f", "1")),
        Of(Dir("link-parent"), Symlink("a", "/link-parent"), File("a/through", "1"), Symlink("dangling", "nowhere/at/all"), File("dangling/x", "1"), Symlink("loop", "loop")),
        Of(),
    ];

    /// <summary>An image of some of the tars, in some form.</summary>
    public static Image Image(Random random, Func<byte[], byte[]>? change = null)
    {
        List<byte[]> tars = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Tars[random.Next(Tars.Count)])];
        if (change is not null)
        {
            int at = random.Next(tars.Count);
            tars[at] = change(tars[at]);
        }
        return Dress(random, Images.Image.Of([.. tars.Select(tar => Layer(random, tar))]));
    }

    public static ImageLayer Layer(Random random, byte[] tar) => random.Next(6) switch
    {
        0 => ImageLayer.Gzip(tar),
        1 => ImageLayer.Zstd(tar),
        _ => ImageLayer.Plain(tar),
    };

    private static Image Dress(Random random, Image image)
    {
        image = random.Next(3) switch
        {
            0 => image.For("linux/amd64").Tagged("latest"),
            1 => image.For(null),
            _ => image.For("linux/amd64", inIndex: false) with { FullName = "example.org/app:1" },
        };
        return random.Next(2) == 0 ? image : image.WithConfig(new System.Text.Json.Nodes.JsonObject
        {
            ["Env"] = new System.Text.Json.Nodes.JsonArray("PATH=/bin", "ODD", "X=$(x);%41@(y)"),
            ["Entrypoint"] = new System.Text.Json.Nodes.JsonArray("/bin/sh", "-c"),
            ["Cmd"] = null,
            ["Labels"] = new System.Text.Json.Nodes.JsonObject { ["a.b"] = "c;d", ["<x>"] = "\u0001" },
            ["ExposedPorts"] = new System.Text.Json.Nodes.JsonObject { ["80/tcp"] = new System.Text.Json.Nodes.JsonObject() },
            ["User"] = "1:2",
            ["WorkingDir"] = "/srv",
            ["StopSignal"] = "SIGTERM",
        });
    }

    private static TarItem Xattrs(string name, string key, TarText value, TarXattrForm form = TarXattrForm.Schily) =>
        File(name, "x") with { Xattrs = [Xattr(key, value, form)] };
}
