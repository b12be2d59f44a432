using Oci.Rootfs.Collections;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>The merged tree: the node at each path of the image after all layers. The root always exists and is a directory.</summary>
internal sealed class RootfsTree
{
    private readonly PathMap<Inode?> _inodes;

    /// <summary>By path: 1 + the number of the layer that placed the node; 0 where no layer did.</summary>
    private readonly PathMap<int> _layers;
    private readonly EngineContext _context;
    private int[]? _order;

    public RootfsTree(PathTable paths, Inode root, EngineContext context)
    {
        _context = context;
        Paths = paths;
        _inodes = new PathMap<Inode?>(paths);
        _layers = new PathMap<int>(paths);
        _inodes.At(PathTable.Root) = root;
        root.Links = 1;
        Count = 1;
    }

    public PathTable Paths { get; }

    /// <summary>The number of paths in the tree, including the root.</summary>
    public int Count { get; private set; }

    /// <summary>The node at a path, or null.</summary>
    public Inode? this[int path] => _inodes[path];

    /// <summary>The number in the manifest of the layer with the last entry for the path; -1 where no layer has one.</summary>
    public int LayerOf(int path) => _layers[path] - 1;

    public void SetLayer(int path, int layer) => _layers.At(path) = layer + 1;

    /// <summary>Puts an inode at a path without a node; the parent must be a directory in the tree.</summary>
    public void Set(int path, Inode inode)
    {
        ref Inode? place = ref _inodes.At(path);
        if (place is not null)
            throw new InvalidOperationException("the path is taken");
        place = inode;
        _layers.At(path) = 0;
        inode.Links++;
        Count++;
        _order = null;
    }

    /// <summary>Removes the node at a path. The caller has already removed a directory's children.</summary>
    public void Clear(int path)
    {
        if (this[path] is not { } inode)
            return;
        inode.Links--;
        _inodes.At(path) = null;
        Count--;
        _order = null;
    }

    /// <summary>The existing children of a directory, in no particular order.</summary>
    public IEnumerable<int> Children(int path)
    {
        for (int child = Paths.FirstChild(path); child != PathTable.None; child = Paths.NextSibling(child))
        {
            if (this[child] is not null)
                yield return child;
        }
    }

    /// <summary>
    /// All paths of the tree. A directory comes before its contents, and the names in one directory are in the order of their bytes. The
    /// list is kept until the tree changes, because several readers go over a finished tree.
    /// </summary>
    public IReadOnlyList<int> InOrder() => _order ??= Sort();

    /// <summary>Iterative, because a tree may be deeper than a stack.</summary>
    private int[] Sort()
    {
        int[] order = new int[Count];
        int done = 0;
        IntStack pending = new();
        pending.Push(PathTable.Root);
        List<int> children = [];
        while (pending.TryPop(out int path))
        {
            _context.ThrowIfCancelled();
            order[done++] = path;
            if (this[path]!.Kind != EntryKind.Directory)
                continue;
            children.Clear();
            children.AddRange(Children(path));
            SortBackwards(children);
            foreach (int child in children)
                pending.Push(child);
        }
        return order;
    }

    private void SortBackwards(List<int> children)
    {
        try
        {
            children.Sort((a, b) =>
            {
                _context.ThrowIfCancelled();
                return Paths.Name(b).SequenceCompareTo(Paths.Name(a));
            });
        }
        catch (InvalidOperationException e) when (e.InnerException is OperationCanceledException)
        {
            // The framework wraps an exception from a comparison.
            _context.ThrowIfCancelled();
            throw;
        }
    }
}
