using System.Globalization;
using System.Text;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>A random stack of layers over few names, so that they collide; made from a seed alone.</summary>
internal sealed class LayerStack
{
    private static readonly string[] Names = ["a", "b", "c"];

    private LayerStack(int seed, bool keepLinks, TarEntry[][] layers) => (Seed, KeepLinks, Layers) = (seed, keepLinks, layers);

    public int Seed { get; }

    public bool KeepLinks { get; }

    public TarEntry[][] Layers { get; }

    public static LayerStack Random(int seed)
    {
        Random random = new(seed);
        // A quarter of the stacks has many hardlinks, which wait for each other and turn each other's ways; a quarter has links to
        // directories below directories and markers of the same names.
        int sort = random.Next(4);
        TarEntry[][] layers = [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => Enumerable.Range(0, random.Next(0, i == 0 ? 9 : 6)).Select(_ => Entry(random, sort, i)).ToArray())];
        if (layers.Length > 1 && random.Next(10) == 0)
            layers[^1] = layers[0];
        return new LayerStack(seed, random.Next(3) == 0, layers);
    }

    /// <summary>Stacks with one layer or one entry less.</summary>
    public IEnumerable<LayerStack> Smaller()
    {
        for (int i = 0; i < Layers.Length; i++)
            yield return new LayerStack(Seed, KeepLinks, [.. Layers[..i], .. Layers[(i + 1)..]]);
        for (int i = 0; i < Layers.Length; i++)
        {
            for (int j = 0; j < Layers[i].Length; j++)
                yield return new LayerStack(Seed, KeepLinks, [.. Layers[..i], [.. Layers[i][..j], .. Layers[i][(j + 1)..]], .. Layers[(i + 1)..]]);
        }
    }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"seed {Seed}, KeepDirectorySymlinks={KeepLinks}");
        foreach (TarEntry[] layer in Layers)
        {
            text.Append("\n  layer");
            foreach (TarEntry entry in layer)
                text.Append(CultureInfo.InvariantCulture, $"\n    {entry.Kind} {Encoding.Latin1.GetString(entry.Name.Span)} {Encoding.Latin1.GetString(entry.LinkName.Span)}");
        }
        return text.ToString();
    }

    private static TarEntry Entry(Random random, int sort, int layer)
    {
        bool isLinked = sort == 0;
        TarEntry entry = (isLinked ? random.Next(3, 23) : random.Next(24)) switch
        {
            < 18 when sort == 1 => Covering(random, layer),
            < 5 => Rows.File(Path(random)),
            < 9 => Rows.Dir(random.Next(20) == 0 ? "." : Path(random)),
            < 14 => Rows.Symlink(Path(random), Target(random)),
            _ when isLinked => Rows.Hardlink(Path(random), Path(random)),
            < 17 => Rows.Hardlink(random.Next(20) == 0 ? ".wh..wh.plnk/2" : Path(random), random.Next(12) == 0 ? ".wh..wh.plnk/" + random.Next(1, 3) : random.Next(3) == 0 ? Path(random) : Names[random.Next(Names.Length)]),
            < 20 => Rows.Whiteout(Path(random)),
            < 22 => Rows.Opaque(random.Next(12) == 0 ? "" : Path(random)),
            22 => Rows.Device(Path(random), 1, 3),
            _ => Rows.File(".wh..wh.plnk/" + random.Next(1, 3)),
        };
        entry.Mode = (uint)random.Next(0, 0x1000);
        entry.Uid = (uint)random.Next(0, 5);
        entry.Mtime = new FileTime(random.Next(100));
        if (random.Next(4) == 0)
            entry.With(xattrs: [("user." + random.Next(3), random.Next(9).ToString(CultureInfo.InvariantCulture))]);
        return entry;
    }

    private static TarEntry Covering(Random random, int layer)
    {
        string name = Names[random.Next(Names.Length)];
        return (layer == 0 ? random.Next(3) : random.Next(2, 7)) switch
        {
            0 => Rows.Symlink(name, Names[random.Next(Names.Length)]),
            1 => Rows.File(name + "/" + Names[random.Next(Names.Length)]),
            2 or 3 => Rows.Dir(name),
            4 => Rows.Opaque(name),
            5 => Rows.Whiteout(name + "/" + Names[random.Next(Names.Length)]),
            _ => Rows.File(name + "/" + Names[random.Next(Names.Length)]),
        };
    }

    private static string Path(Random random)
    {
        int depth = random.Next(10) switch { < 4 => 1, < 8 => 2, _ => 3 };
        return string.Join('/', Enumerable.Range(0, depth).Select(_ => Names[random.Next(Names.Length)]));
    }

    private static string Target(Random random) => random.Next(12) switch
    {
        < 4 => Path(random),
        < 8 => "/" + Path(random),
        8 => "../" + Path(random),
        9 => Path(random) + "/../" + Path(random),
        10 => random.Next(2) == 0 ? "/" : ".",
        _ => random.Next(16) == 0 ? ".wh.a" : "../../" + Path(random) + "/",
    };
}
