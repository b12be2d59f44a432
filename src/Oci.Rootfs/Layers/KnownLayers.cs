using Oci.Rootfs.Selection;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>The layers of an image that an earlier extraction has read.</summary>
internal sealed class KnownLayers
{
    private const int NoLayer = -1;

    private readonly IReadOnlyList<KnownLayer> _old;

    /// <summary>By number in the image: the number of the known layer that it is.</summary>
    private readonly int[] _oldOf;

    /// <param name="image">The image.</param>
    /// <param name="old">The layers that were read earlier. Their tables share their paths.</param>
    public KnownLayers(SelectedImage image, IReadOnlyList<KnownLayer> old)
    {
        _old = old;
        _oldOf = new int[image.Layers.Count];
        for (int layer = 0; layer < _oldOf.Length; layer++)
        {
            _oldOf[layer] = NoLayer;
            for (int known = 0; known < old.Count && _oldOf[layer] == NoLayer; known++)
            {
                if (old[known].Is(image.Layers[layer], image.DiffIdAlgorithms))
                    _oldOf[layer] = known;
            }
            AllBytes += image.Layers[layer].Size;
            if (_oldOf[layer] == NoLayer)
                (Unknown, UnknownBytes) = (Unknown + 1, UnknownBytes + image.Layers[layer].Size);
        }
    }

    public int Count => _oldOf.Length;

    /// <summary>The number of layers that must be read.</summary>
    public int Unknown { get; }

    /// <summary>The bytes of their blobs.</summary>
    public long UnknownBytes { get; }

    /// <summary>The bytes of all blobs.</summary>
    public long AllBytes { get; }

    public bool Has(int layer) => _oldOf[layer] != NoLayer;

    /// <summary>Whether a content of an earlier image is that of a layer of this one. Equal rows of one blob are one content.</summary>
    public bool AreSame(ContentRef old, ContentRef content)
    {
        int known = _oldOf[content.Layer];
        return known != NoLayer && old.Row == content.Row && (known == old.Layer || _old[known].Blob.Digest == _old[old.Layer].Blob.Digest);
    }

    /// <summary>The known layers, by number in the image.</summary>
    /// <param name="paths">Gets the names of the known layers.</param>
    /// <param name="limits">The image's limits.</param>
    /// <exception cref="Errors.OciException">A limit is reached.</exception>
    public IReadOnlyList<KnownLayer?> In(PathTable paths, TreeLimits limits)
    {
        KnownLayer?[] known = new KnownLayer?[Count];
        PathMap<int>? numbers = null;
        for (int layer = Count - 1; layer >= 0; layer--)
        {
            if (_oldOf[layer] == NoLayer)
                continue;
            KnownLayer old = _old[_oldOf[layer]];
            numbers ??= new PathMap<int>(old.Table.Paths);
            known[layer] = old.In(paths, layer, numbers, limits);
        }
        return known;
    }
}
