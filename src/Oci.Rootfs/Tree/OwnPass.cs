using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Puts the user's own directories, files and symlinks on top of the merged image. Ways lead through the tree's links, as for a layer's
/// entries. Unlike a layer's, an own file never replaces a directory with something in it, and an own directory keeps what stands there.
/// </summary>
/// <param name="tree">The tree with all layers applied.</param>
/// <param name="resolver">The resolver of that tree.</param>
/// <param name="limits">The limits of the image.</param>
/// <param name="layer">The number under which the contents are known: one more than the last layer's.</param>
/// <param name="epoch">The time of what is added, where the user gives none.</param>
/// <param name="context">For messages and cancellation.</param>
internal sealed class OwnPass(MergeTree tree, PathResolver resolver, TreeLimits limits, int layer, long epoch, EngineContext context)
{
    private const uint UsualMode = 0b111_101_101; // 0755
    private const uint LinkMode = 0b111_111_111; // 0777

    private readonly PathTable _paths = tree.Paths;
    private readonly NameReader _names = new(tree.Paths, limits);

    /// <summary>The directories that the last walk made.</summary>
    private readonly List<int> _made = [];

    /// <summary>Directories that exist only because something is in them. An item that names one decides about it.</summary>
    private readonly HashSet<int> _implied = [];

    private readonly HashSet<int> _added = [];

    /// <summary>The nodes with an owner or a group to set. What a name means, only the finished tree can say. Until then a new node has 0.</summary>
    public List<OwnedNode> Owned { get; } = [];

    /// <exception cref="OciException">OCI6402, OCI6410 to OCI6412, or a limit is reached.</exception>
    public void Apply(OwnFiles own)
    {
        resolver.Begin(null);
        resolver.Implied = _made.Add;
        for (int i = 0; i < own.Nodes.Count; i++)
        {
            if (own.Nodes[i] is OwnDirectoryNode directory)
                ApplyDirectory(directory);
        }
        for (int i = 0; i < own.Nodes.Count; i++)
        {
            if (own.Nodes[i] is OwnFileNode file)
                Place(file, new Inode { Kind = EntryKind.File, Size = file.Size, Content = new ContentRef(layer, i), Mode = file.Mode ?? UsualMode });
        }
        for (int i = 0; i < own.Nodes.Count; i++)
        {
            if (own.Nodes[i] is OwnSymlinkNode link)
                Place(link, new Inode { Kind = EntryKind.Symlink, SymlinkTarget = OwnPath.LinkTarget(link.Path, link.Target), Mode = LinkMode });
        }
    }

    private void ApplyDirectory(OwnDirectoryNode node)
    {
        int named = Name(node);
        int path = Directory(named, node, except: true);
        Inode inode = tree[path]!;
        bool isNew = _made.Contains(path) || _implied.Remove(path);
        if (!_added.Add(path))
            OwnErrors.TellReplaced(context.Log, node.Path);
        if (isNew || node.Mode is not null)
            inode.Mode = node.Mode ?? UsualMode;
        if (isNew || node.Mtime is not null)
            inode.Mtime = new FileTime(node.Mtime ?? epoch);
        SetOwner(inode, node.Owner, node.Group, node);
    }

    private void Place(OwnNode node, Inode inode)
    {
        int named = Name(node);
        if (named == PathTable.Root)
            throw OwnErrors.BadPath(node.Path, "a path below the root");
        int path = resolver.ChildOf(Directory(_paths.Parent(named), node, except: false), named);
        if (tree[path] is { Kind: EntryKind.Directory } && tree.HasChildren(path))
            throw OwnErrors.DirectoryInTheWay(node.Path);
        if (!_added.Add(path))
            OwnErrors.TellReplaced(context.Log, node.Path);
        inode.Mtime = new FileTime(node.Mtime ?? epoch);
        SetOwner(inode, node.Owner, node.Group, node);
        tree.Remove(path);
        tree.Put(path, inode);
        tree.Tree.SetLayer(path, layer);
    }

    private int Name(OwnNode node)
    {
        context.ThrowIfCancelled();
        int path = PathTable.Root;
        foreach (byte[] component in OwnPath.Components(node.Path))
            path = _names.Child(path, component, component);
        return path;
    }

    /// <summary>Finds the directory to which a path leads, and makes what is missing.</summary>
    /// <param name="named">The path.</param>
    /// <param name="node">What needs it.</param>
    /// <param name="except">Whether the directory itself is the node: then only those above it have the metadata of directories on the way.</param>
    private int Directory(int named, OwnNode node, bool except)
    {
        resolver.Entry = named;
        _made.Clear();
        Resolution resolution = resolver.Find(named);
        if (resolution.End is ResolutionEnd.NotDirectory or ResolutionEnd.Loop)
            throw OwnErrors.NoWay(node.Path, _paths.Bytes(resolution.Path));
        int directory = resolution.End == ResolutionEnd.Directory ? resolution.Path : resolver.Create(named);
        foreach (int made in _made)
        {
            Inode inode = tree[made]!;
            if (except && made == directory)
                continue;
            inode.Mode = node.DirectoryMode ?? UsualMode;
            SetOwner(inode, node.DirectoryOwner, node.DirectoryGroup, node);
            _implied.Add(made);
        }
        return directory;
    }

    private void SetOwner(Inode inode, string? owner, string? group, OwnNode node)
    {
        if (owner is not null || group is not null)
            Owned.Add(new OwnedNode(inode, owner, group, node.Path));
    }
}
