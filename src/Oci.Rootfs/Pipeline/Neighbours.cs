using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// The other trees of a build that have layers of an image: two images on one base, for example. Their layers are neither read nor inflated
/// nor verified once more; what they are made of is written down beside each tree, and their files are copied.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Neighbours : IStandingLayers, IDisposable
{
    /// <summary>So much is looked at, and kept in memory, for one image. An honest project has its few images on few bases.</summary>
    private const int MostLookedAt = 16, MostKept = 2;

    private readonly List<NeighbourTree> _trees = [];

    /// <summary>By number in the image: the tree that has the layer, and the layer's number there. No tree where none has it.</summary>
    private readonly (NeighbourTree? Tree, int Layer)[] _found;

    private readonly KnownLayer?[] _layers;

    private Neighbours(int layers)
    {
        _found = new (NeighbourTree?, int)[layers];
        _layers = new KnownLayer?[layers];
    }

    public KnownLayer? this[int layer] => _layers[layer];

    /// <summary>Looks for the layers that must be read.</summary>
    /// <param name="request">The request. It names the trees.</param>
    /// <param name="image">The image.</param>
    /// <param name="known">The layers that are known of the image's own tree; null for none.</param>
    /// <param name="context">Limits and log.</param>
    /// <returns>Null where no tree has one.</returns>
    public static Neighbours? Find(RootfsRequest request, SelectedImage image, KnownLayers? known, EngineContext context)
    {
        IReadOnlyList<string> paths = SharedDirectory.Others(request);
        Neighbours neighbours = new(image.Layers.Count);
        int missing = known?.Unknown ?? image.Layers.Count;
        try
        {
            for (int i = 0; i < paths.Count && i < MostLookedAt && missing > 0 && neighbours._trees.Count < MostKept; i++)
                missing -= neighbours.Take(NeighbourTree.Find(paths[i], context), image, known, request.LeastStandingPercent);
        }
        catch
        {
            neighbours.Dispose();
            throw;
        }
        return neighbours._trees.Count > 0 ? neighbours : null;
    }

    public void Copy(PathTable paths, TreeLimits limits)
    {
        Dictionary<NeighbourTree, PathMap<int>> numbers = new(ReferenceEqualityComparer.Instance);
        for (int layer = _found.Length - 1; layer >= 0; layer--)
        {
            if (_found[layer].Tree is not { } tree)
                continue;
            KnownLayer there = tree.Layer(_found[layer].Layer);
            if (!numbers.TryGetValue(tree, out PathMap<int>? numbersOfTree))
                numbers.Add(tree, numbersOfTree = new PathMap<int>(there.Table.Paths));
            _layers[layer] = there.In(paths, layer, numbersOfTree, limits);
        }
    }

    public bool Has(int layer) => _found[layer].Tree is not null;

    public string Place(int layer) => _found[layer].Tree!.Path;

    public void Offer(LayerTable layer, IContentSink sink, CancellationToken cancellation) =>
        _found[layer.Number].Tree!.Offer(_found[layer.Number].Layer, layer, sink, cancellation);

    public void Dispose()
    {
        foreach (NeighbourTree tree in _trees)
            tree.Dispose();
    }

    /// <returns>The number of layers that the tree has.</returns>
    private int Take(NeighbourTree? tree, SelectedImage image, KnownLayers? known, int leastPercent)
    {
        int taken = 0;
        for (int layer = 0; tree is not null && layer < _found.Length; layer++)
        {
            if (known?.Has(layer) == true || Has(layer) || tree.Find(image.Layers[layer], image.DiffIdAlgorithms, leastPercent) is not (>= 0 and int there))
                continue;
            _found[layer] = (tree, there);
            taken++;
        }
        if (taken > 0)
            _trees.Add(tree!);
        else
            tree?.Dispose();
        return taken;
    }
}
