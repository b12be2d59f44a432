using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>Applies a layer's entries other than markers, in the order of the archive (rules 27 to 39, 49 to 59).</summary>
internal sealed class EntryPass
{
    private readonly MergeTree _tree;
    private readonly PathTable _paths;
    private readonly PathResolver _resolver;
    private readonly MergeOptions _options;
    private readonly EngineContext _context;
    private readonly RootfsLog _log;
    private readonly SharedXattrs _xattrs = new();
    private readonly Dictionary<int, Inode> _aufs = [];
    private readonly HardlinkQueue _queue;

    /// <summary>For each path, 1 + the last layer with an entry that placed a node there.</summary>
    private readonly PathMap<int> _placedBy;

    private LayerTable _table = null!;
    private int _layer;
    private string _label = "";

    public EntryPass(MergeTree tree, PathResolver resolver, MergeOptions options, EngineContext context)
    {
        (_tree, _paths, _resolver, _options) = (tree, tree.Paths, resolver, options);
        (_context, _log) = (context, context.Log);
        _placedBy = new PathMap<int>(tree.Paths);
        _queue = new HardlinkQueue(tree, resolver, this, context);
        resolver.Implied = _queue.Placed;
    }

    public void Apply(LayerTable table, int layer, string label, Dictionary<int, WhitedOutTarget> whitedOutTargets)
    {
        (_table, _layer, _label) = (table, layer, label);
        _aufs.Clear();
        _resolver.Begin(null);
        for (int row = 0; row < table.Count; row++)
        {
            _context.ThrowIfCancelled();
            _resolver.Entry = table[row].Path;
            if (table[row].Kind == EntryKind.Hardlink)
            {
                if (TryLink(row) != PathTable.None)
                    _queue.Add(row);
            }
            else if (table[row].Kind is not (EntryKind.Whiteout or EntryKind.Opaque))
                Apply(row);
        }
        _queue.Run(table, whitedOutTargets);
    }

    /// <summary>Call this after the last layer.</summary>
    public void Finish() => _xattrs.Finish();

    /// <summary>
    /// Applies a hardlink if its target exists in the tree, and then returns None. Otherwise it returns the path that must be placed first.
    /// </summary>
    public int TryLink(int row)
    {
        int linkPath = _table[row].LinkPath;
        if (_table[row].Path == linkPath)
        {
            TreeWarnings.HardlinkToItself(_log, _label, Name(row));
            return PathTable.None;
        }
        int target = linkPath;
        Inode? inode;
        if (IsAufs(linkPath))
            inode = _aufs.GetValueOrDefault(linkPath);
        else if (FindTarget(linkPath, out target))
            inode = _tree[target];
        else
            return target;
        if (inode is null)
            return target;
        if (inode.Kind == EntryKind.Directory)
            throw TreeErrors.HardlinkToDirectory(Name(row), _paths.Bytes(linkPath));
        Link(row, target, inode);
        return PathTable.None;
    }

    /// <summary>Links to the file that a whiteout of this layer removed (rule 52).</summary>
    public void LinkToWhitedOut(WhitedOutTarget taken)
    {
        TreeWarnings.HardlinkToRemoved(_log, _label, Name(taken.Row), _paths.Bytes(_table[taken.Row].LinkPath));
        Link(taken.Row, taken.Path, taken.Inode);
    }

    public void WarnOfDuplicate(int row) => TreeWarnings.DuplicateName(_log, _label, Name(row));

    public OciException TargetMissing(int row) => TreeErrors.HardlinkTargetMissing(Name(row), _paths.Bytes(_table[row].LinkPath));

    /// <summary>Finds the path that a hardlink names. If the walk ends before it, returns false and the path at which it ended.</summary>
    private bool FindTarget(int linkPath, out int target)
    {
        target = PathTable.Root;
        if (linkPath == PathTable.Root)
            return true;
        Resolution resolution = _resolver.Find(_paths.Parent(linkPath));
        if (resolution.End == ResolutionEnd.Loop)
            throw TreeErrors.LinkLoop(_paths.Bytes(_resolver.Entry));
        target = resolution.End == ResolutionEnd.Directory ? _resolver.ChildOf(resolution.Path, linkPath) : resolution.Path;
        return resolution.End == ResolutionEnd.Directory;
    }

    private void Link(int row, int target, Inode inode)
    {
        ref readonly LayerRow link = ref _table[row];
        if (link.IsAufs)
        {
            SetMetadata(inode, link);
            PlaceAufs(link.Path, inode);
        }
        else
        {
            int path = _resolver.ChildOf(_resolver.Create(_paths.Parent(link.Path)), link.Path);
            if (path == target)
            {
                TreeWarnings.HardlinkToItself(_log, _label, Name(row));
                return;
            }
            SetMetadata(inode, link);
            Replace(row, path, inode);
        }
        if (link.Xattrs is not null)
            _xattrs.Add(inode, link.Xattrs);
    }

    private void Apply(int row)
    {
        ref readonly LayerRow entry = ref _table[row];
        if (entry.IsAufs)
            PlaceAufs(entry.Path, NewInode(row));
        else if (entry.Kind == EntryKind.Directory)
            ApplyDirectory(row);
        else
            Replace(row, Resolve(entry.Path), NewInode(row));
    }

    private void ApplyDirectory(int row)
    {
        ref readonly LayerRow entry = ref _table[row];
        int path = entry.Path == PathTable.Root ? PathTable.Root : Resolve(entry.Path);
        Inode? existing = _tree[path];
        if (existing is { Kind: EntryKind.Directory })
        {
            SetMetadata(existing, entry);
            existing.Xattrs = entry.Xattrs ?? [];
            StampPlaced(path);
            return;
        }
        if (existing is { Kind: EntryKind.Symlink } && !IsPlaced(path) && _resolver.Find(path).End == ResolutionEnd.Directory)
        {
            if (_options.KeepDirectorySymlinks)
                return;
            TreeWarnings.DirectoryReplacesLink(_log, _label, Name(row));
        }
        Replace(row, path, NewInode(row));
    }

    private int Resolve(int named) => _resolver.ChildOf(_resolver.Create(_paths.Parent(named)), named);

    private void Replace(int row, int path, Inode inode)
    {
        if (IsPlaced(path))
            WarnOfDuplicate(row);
        _tree.Remove(path);
        _tree.Put(path, inode);
        StampPlaced(path);
        _queue.Placed(path);
    }

    private void PlaceAufs(int path, Inode inode)
    {
        _aufs[path] = inode;
        _queue.Placed(path);
    }

    private bool IsPlaced(int path) => _placedBy[path] == _layer + 1;

    private void StampPlaced(int path)
    {
        _placedBy.At(path) = _layer + 1;
        _tree.Tree.SetLayer(path, _table.Number);
    }

    private Inode NewInode(int row)
    {
        ref readonly LayerRow entry = ref _table[row];
        Inode inode = new()
        {
            Kind = entry.Kind,
            Size = entry.Size,
            Content = entry.Kind == EntryKind.File ? new ContentRef(_table.Number, row) : default,
            SymlinkTarget = entry.SymlinkTarget ?? [],
            DeviceMajor = entry.DeviceMajor,
            DeviceMinor = entry.DeviceMinor,
            Xattrs = entry.Xattrs ?? [],
        };
        SetMetadata(inode, entry);
        return inode;
    }

    private static void SetMetadata(Inode inode, in LayerRow row) => (inode.Mode, inode.Uid, inode.Gid, inode.Mtime) = (row.Mode, row.Uid, row.Gid, row.Mtime);

    private bool IsAufs(int path)
    {
        for (; path != PathTable.Root; path = _paths.Parent(path))
        {
            if (WhiteoutName.IsAufs(_paths.Name(path)))
                return true;
        }
        return false;
    }

    private byte[] Name(int row) => _paths.Bytes(_table[row].Path);
}
