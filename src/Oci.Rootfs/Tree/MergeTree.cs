using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// The tree while layers are applied to it. Beside <see cref="RootfsTree"/> it knows the standing children of a directory alone, so that
/// removing a subtree costs what was put there, not what the image ever names there.
/// </summary>
internal sealed class MergeTree
{
    private readonly FileTime _impliedMtime;
    private Link[] _links;

    public MergeTree(PathTable paths, long sourceDateEpoch)
    {
        Paths = paths;
        _impliedMtime = new FileTime(sourceDateEpoch);
        Tree = new RootfsTree(paths, ImpliedDirectory());
        _links = NewLinks(Math.Max(16, paths.Count), null);
    }

    public PathTable Paths { get; }

    public RootfsTree Tree { get; }

    /// <summary>Grows whenever a directory or a symlink goes: what was resolved through it may no longer hold.</summary>
    public int Generation { get; private set; }

    public Inode? this[int path] => Tree[path];

    public void Put(int path, Inode inode)
    {
        if (path >= _links.Length)
            _links = NewLinks(Math.Max(Paths.Count, _links.Length * 2), _links);
        Tree.Set(path, inode);
        ref int first = ref _links[Paths.Parent(path)].FirstChild;
        _links[path] = new Link { FirstChild = PathTable.None, Previous = PathTable.None, Next = first };
        if (first != PathTable.None)
            _links[first].Previous = path;
        first = path;
    }

    /// <summary>A directory that no layer lists (rule 38).</summary>
    public void PutImplied(int path) => Put(path, ImpliedDirectory());

    /// <summary>Removes what stands at a path and all below it; nothing where nothing stands.</summary>
    public void Remove(int path)
    {
        if (Tree[path] is not { } inode)
            return;
        if (inode.Kind is InodeKind.Directory or InodeKind.Symlink)
            Generation++;
        RemoveChildren(path);
        Unlink(path);
    }

    /// <summary>Empties a directory.</summary>
    public void RemoveChildren(int directory)
    {
        if (_links[directory].FirstChild == PathTable.None)
            return;
        Generation++;
        int here = _links[directory].FirstChild;
        while (here != directory)
        {
            if (_links[here].FirstChild != PathTable.None)
            {
                here = _links[here].FirstChild;
                continue;
            }
            int next = _links[here].Next;
            int parent = Paths.Parent(here);
            Unlink(here);
            here = next != PathTable.None ? next : parent;
        }
    }

    private void Unlink(int path)
    {
        Link link = _links[path];
        if (link.Previous != PathTable.None)
            _links[link.Previous].Next = link.Next;
        else
            _links[Paths.Parent(path)].FirstChild = link.Next;
        if (link.Next != PathTable.None)
            _links[link.Next].Previous = link.Previous;
        Tree.Clear(path);
    }

    private Inode ImpliedDirectory() => new() { Kind = InodeKind.Directory, Mode = 0x1ED, Mtime = _impliedMtime };

    private static Link[] NewLinks(int length, Link[]? old)
    {
        Link[] links = new Link[length];
        old?.CopyTo(links, 0);
        for (int i = old?.Length ?? 0; i < links.Length; i++)
            links[i] = new Link { FirstChild = PathTable.None, Previous = PathTable.None, Next = PathTable.None };
        return links;
    }

    private struct Link
    {
        public int FirstChild;
        public int Previous;
        public int Next;
    }
}
