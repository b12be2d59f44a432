using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>
/// A layer's whiteouts and opaque markers. All are resolved in the tree that the lower layers left, then all are applied at once,
/// before any other entry: that is how where they stand never matters (rules 1 to 16).
/// </summary>
internal sealed class WhiteoutPass(MergeTree tree, PathResolver resolver, bool keepDirectorySymlinks, RootfsLog log)
{
    private readonly PathTable _paths = tree.Paths;
    private readonly ReplacedPaths _replaced = new(keepDirectorySymlinks);
    private readonly List<int> _removed = [];
    private readonly List<int> _emptied = [];
    private readonly List<WhitedOutTarget> _linked = [];
    private int _overFiles;

    /// <summary>By the hardlink's row.</summary>
    public Dictionary<int, WhitedOutTarget> WhitedOutTargets { get; } = [];

    public void Apply(LayerTable layer, string label)
    {
        WhitedOutTargets.Clear();
        if (!HasMarkers(layer))
            return;
        _replaced.Begin(layer);
        resolver.Begin(_replaced);
        FindLanded(layer);
        resolver.Begin(_replaced);
        FindRemoved(layer, label);
        if (_removed.Count + _emptied.Count == 0)
            return;
        resolver.Begin(null);
        FindLinked(layer);
        Remove();
    }

    private static bool HasMarkers(LayerTable layer)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            if (IsMarker(row.Kind))
                return true;
        }
        return false;
    }

    private static bool IsMarker(LayerRowKind kind) => kind is LayerRowKind.Whiteout or LayerRowKind.Opaque;

    private void FindLanded(LayerTable layer)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            if (row.IsAufs || row.Path == PathTable.Root)
                continue;
            resolver.Entry = row.Path;
            int landed = row.Kind == LayerRowKind.Opaque ? OpaqueDirectory(row.Path, out _) : Landing(row.Path).Path;
            if (landed != PathTable.None && landed != row.Path)
                _replaced.Landed(landed, row.Kind);
        }
        _replaced.EndLanded();
    }

    private void FindRemoved(LayerTable layer, string label)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            if (!IsMarker(row.Kind))
                continue;
            resolver.Entry = row.Path;
            if (row.Kind == LayerRowKind.Opaque)
                FindEmptied(row.Path, label);
            else
                FindWhitedOut(row.Path, label);
        }
        if (_overFiles > 0)
            log.Detail($"{_overFiles} opaque markers name what is no directory in the layers below: they remove nothing (layer {label}).");
        _overFiles = 0;
    }

    private void FindWhitedOut(int named, string label)
    {
        Resolution landing = Landing(named);
        if (landing.End == ResolutionEnd.NotDirectory)
            TreeWarnings.WhiteoutBelowFile(log, label, _paths.Bytes(named));
        else if (landing.Path != PathTable.None)
            _removed.Add(landing.Path);
    }

    private void FindEmptied(int marked, string label)
    {
        int directory = OpaqueDirectory(marked, out Opaqueness opaqueness);
        if (directory != PathTable.None)
            _emptied.Add(directory);
        else if (opaqueness == Opaqueness.KeptLink)
            TreeWarnings.OpaqueOnKeptLink(log, label, _paths.Bytes(marked));
        else if (opaqueness == Opaqueness.NotDirectory)
            _overFiles++;
    }

    /// <summary>The path at which something of a name stands below; <see cref="PathTable.None"/> where nothing does.</summary>
    private Resolution Landing(int named)
    {
        Resolution walk = resolver.Lower(_paths.Parent(named));
        if (walk.End != ResolutionEnd.Directory)
            return walk with { Path = PathTable.None };
        int path = walk.Path == _paths.Parent(named) ? named : _paths.Find(walk.Path, _paths.Name(named));
        return walk with { Path = path != PathTable.None && tree[path] is not null ? path : PathTable.None };
    }

    /// <summary>The directory that an opaque marker empties, or <see cref="PathTable.None"/>.</summary>
    private int OpaqueDirectory(int marked, out Opaqueness opaqueness)
    {
        opaqueness = Opaqueness.None;
        if (marked == PathTable.Root)
            return marked;
        Resolution walk = resolver.Lower(marked);
        if (walk.End == ResolutionEnd.NotDirectory)
            opaqueness = Opaqueness.NotDirectory;
        if (walk.End != ResolutionEnd.Directory)
            return PathTable.None;
        int named = Landing(marked).Path;
        if (!_replaced.IsKeptLink(named, tree[named]!))
            return walk.Path;
        opaqueness = Opaqueness.KeptLink;
        return PathTable.None;
    }

    private void FindLinked(LayerTable layer)
    {
        for (int row = 0; row < layer.Count; row++)
        {
            if (layer[row].Kind != LayerRowKind.Hardlink || layer[row].LinkPath == PathTable.Root)
                continue;
            resolver.Entry = layer[row].Path;
            int path = Landing(layer[row].LinkPath).Path;
            if (path != PathTable.None && tree[path] is { } inode && inode.Kind != InodeKind.Directory)
                _linked.Add(new WhitedOutTarget(row, path, inode));
        }
    }

    private void Remove()
    {
        foreach (int path in _removed)
            tree.Remove(path);
        foreach (int directory in _emptied)
        {
            if (tree[directory] is not null)
                tree.RemoveChildren(directory);
        }
        foreach (WhitedOutTarget linked in _linked)
        {
            if (tree[linked.Path] is null)
                WhitedOutTargets.Add(linked.Row, linked);
        }
        _removed.Clear();
        _emptied.Clear();
        _linked.Clear();
    }

    private enum Opaqueness
    {
        None,
        KeptLink,
        NotDirectory,
    }
}
