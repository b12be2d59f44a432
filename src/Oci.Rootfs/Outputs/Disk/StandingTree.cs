using Oci.Rootfs.Collections;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A tree as an extraction left it on disk: its nodes, and their stamps.</summary>
/// <param name="paths">The paths of the image that it was made from. More are added to compare it with another tree.</param>
internal sealed class StandingTree(PathTable paths)
{
    private readonly Paged<StandingNode> _nodes = new();

    /// <summary>By path: the node's place, counted from 1.</summary>
    private readonly PathMap<int> _places = new(paths);

    public PathTable Paths => paths;

    public int Count => _nodes.Count;

    /// <summary>A node by its place in the order of the tree.</summary>
    public ref StandingNode this[int place] => ref _nodes[place];

    public void Add(in StandingNode node)
    {
        _nodes.Add(node);
        _places.At(node.Path) = _nodes.Count;
    }

    /// <summary>The files that stand, and that nobody has touched as far as the system says: by content, the place of one of them.</summary>
    /// <param name="contentOf">The content of the file at a place; null for a file that is not wanted.</param>
    public Dictionary<ContentRef, int> Files(Func<int, ContentRef?> contentOf)
    {
        Dictionary<ContentRef, int> places = [];
        for (int place = 0; place < Count; place++)
        {
            ref StandingNode node = ref _nodes[place];
            if (node.Inode.Kind == Tar.EntryKind.File && node.Stamp.IsSet && node.Drift == Drift.None && contentOf(place) is { } content)
                places.TryAdd(content, place);
        }
        return places;
    }

    /// <summary>The same nodes as a merged tree. From then on this object counts their paths no more.</summary>
    public RootfsTree ToTree(EngineContext context)
    {
        Inode root = _nodes[0].Inode;
        RootfsTree tree = new(paths, root, context);
        for (int place = 1; place < Count; place++)
            _nodes[place].Inode.Links = 0;
        for (int place = 1; place < Count; place++)
        {
            tree.Set(_nodes[place].Path, _nodes[place].Inode);
            tree.SetLayer(_nodes[place].Path, _nodes[place].Layer);
        }
        tree.SetLayer(PathTable.Root, _nodes[0].Layer);
        return tree;
    }

    /// <returns>The node's place in the order of the tree; -1 where no node is.</returns>
    public int Find(int path) => _places[path] - 1;
}

/// <summary>A path of a standing tree.</summary>
internal struct StandingNode
{
    public int Path;

    /// <summary>All paths of one file have one inode.</summary>
    public Inode Inode;

    /// <summary>The number in the manifest of the layer that placed the node; -1 where no layer did.</summary>
    public int Layer;

    /// <summary>None for a node that was only recorded.</summary>
    public Stamp Stamp;

    /// <summary>What somebody has done to the node since.</summary>
    public Drift Drift;
}

/// <summary>How a node on disk differs from what the engine left there.</summary>
internal enum Drift : byte
{
    None,

    /// <summary>A directory of ours was changed: its metadata, or the names in it.</summary>
    Changed,

    /// <summary>Nothing of ours stands at the path, or it was changed so that it is no longer used.</summary>
    Gone,
}
