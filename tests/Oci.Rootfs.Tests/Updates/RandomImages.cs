using System.Globalization;
using Oci.Images;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>A pool of layers over few names, and a sequence of images made of them; all from a seed alone.</summary>
internal sealed class RandomImages
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly string[] Modes = ["0644", "0755", "0600", "0555", "0444", "0711", "04755", "0500"];

    private readonly Random _random;

    private readonly List<ImageLayer> _pool = [];
    private List<ImageLayer> _at, _next;

    public RandomImages(int seed)
    {
        _random = new Random(seed);
        for (int i = _random.Next(5, 10); i > 0; i--)
        {
            byte[] tar = Tar(_pool.Count);
            _pool.Add(tar);
            // One tar in two blobs is two layers.
            if (_random.Next(6) == 0)
                _pool.Add(ImageLayer.Gzip(tar));
        }
        Length = _random.Next(2, 9);
        _at = [_pool[0]];
        _next = _at;
    }

    /// <summary>How many images the sequence has.</summary>
    public int Length { get; }

    /// <summary>Another image, not far from the last that was taken.</summary>
    public Image Draw()
    {
        _next = Next(_at, _pool);
        return Image.Of(_next).For(null);
    }

    /// <summary>The image that was drawn is one of the sequence.</summary>
    public void Take() => _at = _next;

    /// <summary>Another image: a layer more, another in the place of one, one less, two that change places, one twice, or the same again.</summary>
    private List<ImageLayer> Next(List<ImageLayer> layers, List<ImageLayer> pool)
    {
        List<ImageLayer> next = [.. layers];
        ImageLayer other = pool[_random.Next(pool.Count)];
        int place = _random.Next(next.Count);
        switch (_random.Next(7))
        {
            case 0 or 1:
                next.Add(other);
                break;
            case 2:
                next[place] = other;
                break;
            case 3 when next.Count > 1:
                next.RemoveAt(place);
                break;
            case 4:
                next.Insert(place, other);
                break;
            case 5 when next.Count > 1:
                (next[place], next[0]) = (next[0], next[place]);
                break;
            default:
                next.Insert(0, next[place]);
                break;
        }
        return next;
    }

    private byte[] Tar(int number) => Tars.Of(Enumerable.Range(0, _random.Next(1, 10)).Select(j => Item(number, j)).ToArray<TarPart>());

    private TarItem Item(int layer, int row)
    {
        TarItem item = Bare(layer, row);
        return item with
        {
            Mode = item.Type == '5' ? (Octal)(_random.Next(4) == 0 ? "0555" : _random.Next(12) == 0 ? "0700" : "0755") : Modes[_random.Next(Modes.Length)],
            Uid = _random.Next(3),
            Gid = _random.Next(3),
            Nanoseconds = _random.Next(4) == 0 ? 5 : 0,
            Xattrs = item.Type is '0' or '5' or '1' && _random.Next(5) == 0 ? [new TarXattr("user.x" + _random.Next(2).ToString(CultureInfo.InvariantCulture), new TarText([(byte)_random.Next(3)]))] : [],
        };
    }

    private TarItem Bare(int layer, int row)
    {
        string path = Path(3);
        string content = string.Create(CultureInfo.InvariantCulture, $"{(_random.Next(3) == 0 ? 0 : layer)}-{row % 4}");
        long mtime = _random.Next(3);
        return _random.Next(22) switch
        {
            < 7 => Tars.File(path, _random.Next(9) == 0 ? TarContent.Generated(_random.Next(65_000, 90_000), _random.Next(2)) : content, mtime: mtime),
            < 10 => Tars.Dir(path, mtime: mtime),
            < 12 => Tars.Symlink(path, _random.Next(3) == 0 ? "/" + Path(2) : Path(1), mtime: mtime),
            < 15 => Tars.Hardlink(path, Path(2), mtime: mtime),
            < 18 => Tars.Whiteout(path),
            18 => Tars.Opaque(path),
            19 => Tars.Fifo(path),
            20 => Tars.CharDevice(path, 1, 3),
            _ => Tars.Sparse(path, TarSparseForm.Pax10, 200_000, (100_000, "data")),
        };
    }

    private string Path(int depth) => string.Join('/', Enumerable.Range(0, _random.Next(1, depth + 1)).Select(_ => Names[_random.Next(Names.Length)]));
}
