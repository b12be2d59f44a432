using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// The tree while layers are applied to it. Unlike <see cref="RootfsTree"/> it also lists only the existing children of a directory. So the
/// cost of removing a subtree depends on the nodes in it, not on all the paths that the image ever names there.
/// </summary>
internal sealed class MergeTree
{
    /// <summary>Stands for no path, because the root is no child and no sibling.</summary>
    private const int NoPath = PathTable.Root;

    private readonly FileTime _impliedMtime;
    private readonly EngineContext _context;
    private readonly PathMap<Link> _links;

    public MergeTree(PathTable paths, long sourceDateEpoch, EngineContext context)
    {
        _context = context;
        Paths = paths;
        _impliedMtime = new FileTime(sourceDateEpoch);
        Tree = new RootfsTree(paths, ImpliedDirectory(), context);
        _links = new PathMap<Link>(paths);
    }

    public PathTable Paths { get; }

    public RootfsTree Tree { get; }

    /// <summary>Grows whenever a directory or a symlink is removed: earlier resolutions through it may be wrong then.</summary>
    public int Generation { get; private set; }

    public Inode? this[int path] => Tree[path];

    public bool HasChildren(int directory) => _links[directory].FirstChild != NoPath;

    public void Put(int path, Inode inode)
    {
        Tree.Set(path, inode);
        int parent = Paths.Parent(path);
        int first = _links[parent].FirstChild;
        _links.At(path) = new Link { Next = first };
        if (first != NoPath)
            _links.At(first).Previous = path;
        _links.At(parent).FirstChild = path;
    }

    /// <summary>Adds a directory that no layer lists (rule 38).</summary>
    public void PutImplied(int path) => Put(path, ImpliedDirectory());

    /// <summary>Removes the node at a path and everything below it, if there is one.</summary>
    public void Remove(int path)
    {
        if (Tree[path] is not { } inode)
            return;
        if (inode.Kind is EntryKind.Directory or EntryKind.Symlink)
            Generation++;
        RemoveChildren(path);
        Unlink(path);
    }

    public void RemoveChildren(int directory)
    {
        if (!HasChildren(directory))
            return;
        Generation++;
        int here = _links[directory].FirstChild;
        while (here != directory)
        {
            _context.ThrowIfCancelled();
            if (_links[here].FirstChild != NoPath)
            {
                here = _links[here].FirstChild;
                continue;
            }
            int next = _links[here].Next;
            int parent = Paths.Parent(here);
            Unlink(here);
            here = next != NoPath ? next : parent;
        }
    }

    private void Unlink(int path)
    {
        Link link = _links[path];
        if (link.Previous != NoPath)
            _links.At(link.Previous).Next = link.Next;
        else
            _links.At(Paths.Parent(path)).FirstChild = link.Next;
        if (link.Next != NoPath)
            _links.At(link.Next).Previous = link.Previous;
        Tree.Clear(path);
    }

    private Inode ImpliedDirectory() => new() { Kind = EntryKind.Directory, Mode = 0b111_101_101, Mtime = _impliedMtime };

    private struct Link
    {
        public int FirstChild;
        public int Previous;
        public int Next;
    }
}
