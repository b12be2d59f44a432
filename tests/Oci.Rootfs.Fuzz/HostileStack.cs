using System.Globalization;
using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Fuzz;

/// <summary>Random layers as valid tars. Their entries try to leave the tree, to hide, or to get into each other's way.</summary>
internal static class HostileStack
{
    private static readonly string[] Components =
        ["a", "b", "c", "a", "b", "c", "canary", "out", ".", "..", "", "rootfs", ".rootfs.oci", ".rootfs.oci-new", ".wh.a", ".wh.", "probe", ".oci-moved-0", "\u00ff", "n\nl", " ", "-rf", "*"];

    private static readonly string[] Targets =
        ["../canary", "../../canary", "../../canary/file", "/canary", "a", "b", "c", "a/b", "/a/b", ".", "/", "..", "a/../b", "../../../../../../../../etc/passwd", "/proc/self/fd/0", "b/c", "c/a", "../out"];

    public static ImageLayer[] Layers(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Corpus.Layer(random, Of(Enumerable.Range(0, random.Next(0, 14)).Select(_ => Item(random)))))];

    private static TarItem Item(Random random)
    {
        string path = Path(random);
        TarItem item = random.Next(14) switch
        {
            < 4 => File(path, random.Next(12) == 0 ? TarContent.Generated(random.Next(200_000), random.Next()) : random.Next(9).ToString(CultureInfo.InvariantCulture)),
            < 6 => Dir(path),
            < 9 => Symlink(path, Targets[random.Next(Targets.Length)]),
            < 11 => Hardlink(path, random.Next(3) == 0 ? Targets[random.Next(Targets.Length)] : Path(random)),
            11 => path.Length == 0 ? Opaque("a") : Whiteout(path),
            12 => Opaque(path),
            _ => random.Next(3) switch { 0 => CharDevice(path, random.Next(2), random.Next(5)), 1 => BlockDevice(path, random.Next(5000), random.Next(2_000_000)), _ => Fifo(path) },
        };
        item = item with
        {
            Mode = random.Next(3) == 0 ? new Octal(random.Next(0, 0x1000)) : item.Mode,
            Uid = random.Next(5) == 0 ? random.Next(70_000) : 0,
            Mtime = random.Next(6) switch { 0 => -1, 1 => 1L << 40, 2 => random.Next(), _ => 0 },
        };
        return random.Next(6) > 0 ? item : item with { Xattrs = [Xattr(random.Next(3) switch { 0 => "user.x", 1 => "trusted.y", _ => "system.posix_acl_access" }, "v")] };
    }


    private static string Path(Random random)
    {
        int most = random.Next(30) == 0 ? Components.Length : 6;
        return string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Components[random.Next(random.Next(8) == 0 ? Components.Length : most)]));
    }
}
