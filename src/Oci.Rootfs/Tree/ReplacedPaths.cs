using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>
/// What one layer replaces or removes of what stands below it: no marker reaches through it (rules 13 and 14). A path is replaced when
/// a whiteout or an entry that is not that same directory is named so, or lands there when its own parent is walked in the lower tree.
/// </summary>
internal sealed class ReplacedPaths(bool keepDirectorySymlinks)
{
    private readonly List<LandedRow> _landed = [];
    private readonly List<int> _marked = [];
    private Mark[] _marks = [];
    private PathTable? _paths;

    [Flags]
    private enum Mark : byte
    {
        None = 0,
        Whiteout = 1,
        Directory = 2,
        Other = 4,
        Opaque = 8,
    }

    /// <summary>Forgets the last layer, and takes what this one's rows name.</summary>
    public void Begin(LayerTable layer)
    {
        foreach (int path in _marked)
            _marks[path] = Mark.None;
        _marked.Clear();
        _paths = layer.Paths;
        foreach (ref readonly LayerRow row in layer)
        {
            if (!row.IsAufs)
                Add(row.Path, MarkOf(row.Kind));
        }
    }

    /// <summary>Notes where a row lands that is spelled through links. It counts from <see cref="EndLanded"/> on.</summary>
    public void Landed(int path, LayerRowKind kind) => _landed.Add(new LandedRow(path, MarkOf(kind)));

    public void EndLanded()
    {
        foreach (LandedRow row in _landed)
            Add(row.Path, row.Mark);
        _landed.Clear();
    }

    /// <summary>True when this layer replaces or removes what stands at a path.</summary>
    public bool Has(int path, Inode inode)
    {
        Mark mark = Of(path);
        if ((mark & (Mark.Whiteout | Mark.Other)) != 0 || (Of(_paths!.Parent(path)) & Mark.Opaque) != 0)
            return true;
        return (mark & Mark.Directory) != 0 && inode.Kind switch
        {
            InodeKind.Directory => false,
            // If the link leads to no directory, the walk ends there anyway.
            InodeKind.Symlink => !keepDirectorySymlinks,
            _ => true,
        };
    }

    /// <summary>True for a lower link that stays although the layer has a directory there (rule 30).</summary>
    public bool IsKeptLink(int path, Inode inode) =>
        keepDirectorySymlinks && inode.Kind == InodeKind.Symlink && (Of(path) & Mark.Directory) != 0;

    private Mark Of(int path) => path < _marks.Length ? _marks[path] : Mark.None;

    private void Add(int path, Mark mark)
    {
        if (path >= _marks.Length)
            Arrays.Grow(ref _marks, Math.Max(_paths!.Count, _marks.Length * 2));
        if (_marks[path] == Mark.None)
            _marked.Add(path);
        _marks[path] |= mark;
    }

    private static Mark MarkOf(LayerRowKind kind) => kind switch
    {
        LayerRowKind.Whiteout => Mark.Whiteout,
        LayerRowKind.Opaque => Mark.Opaque,
        LayerRowKind.Directory => Mark.Directory,
        _ => Mark.Other,
    };

    private sealed record LandedRow(int Path, Mark Mark);
}
