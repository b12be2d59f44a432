using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Applies a layer's whiteouts and opaque markers. It first resolves them all in the tree that the lower layers left, and then applies them
/// at once, before any other entry. So their place in the archive never matters (rules 1 to 16).
/// </summary>
internal sealed class WhiteoutPass(MergeTree tree, PathResolver resolver, bool keepDirectorySymlinks, EngineContext context)
{
    private readonly PathTable _paths = tree.Paths;
    private readonly RootfsLog _log = context.Log;
    private readonly ReplacedPaths _replaced = new(tree.Paths, keepDirectorySymlinks);
    private readonly List<int> _removed = [];
    private readonly List<int> _emptied = [];
    private readonly List<WhitedOutTarget> _linked = [];
    private int _overFiles;

    /// <summary>Keyed by the hardlink's row.</summary>
    public Dictionary<int, WhitedOutTarget> WhitedOutTargets { get; } = [];

    public void Apply(LayerTable layer, string label)
    {
        WhitedOutTargets.Clear();
        if (!HasMarkers(layer))
            return;
        _replaced.Begin(layer);
        resolver.Begin(_replaced);
        FindReplaced(layer);
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

    private static bool IsMarker(EntryKind kind) => kind is EntryKind.Whiteout or EntryKind.Opaque;

    private void FindReplaced(LayerTable layer)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            context.ThrowIfCancelled();
            if (row.IsAufs || row.Path == PathTable.Root)
                continue;
            resolver.Entry = row.Path;
            int resolved = row.Kind == EntryKind.Opaque ? OpaqueDirectory(row.Path, out _) : Resolve(row.Path).Path;
            if (resolved != PathTable.None && resolved != row.Path)
                _replaced.AddResolved(resolved, row.Kind);
        }
        _replaced.EndResolved();
    }

    private void FindRemoved(LayerTable layer, string label)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            context.ThrowIfCancelled();
            if (!IsMarker(row.Kind))
                continue;
            resolver.Entry = row.Path;
            if (row.Kind == EntryKind.Opaque)
                FindEmptied(row.Path, label);
            else
                FindWhitedOut(row.Path, label);
        }
        if (_overFiles > 0)
            _log.Detail($"{_overFiles} opaque markers name no directory of the layers below: they remove nothing (layer {label}).");
        _overFiles = 0;
    }

    private void FindWhitedOut(int named, string label)
    {
        Resolution resolution = Resolve(named);
        if (resolution.End == ResolutionEnd.NotDirectory)
            TreeWarnings.WhiteoutBelowFile(_log, label, _paths.Bytes(named));
        else if (resolution.Path != PathTable.None)
            _removed.Add(resolution.Path);
    }

    private void FindEmptied(int marked, string label)
    {
        int directory = OpaqueDirectory(marked, out Opaqueness opaqueness);
        if (directory != PathTable.None)
            _emptied.Add(directory);
        else if (opaqueness == Opaqueness.KeptLink)
            TreeWarnings.OpaqueOnKeptLink(_log, label, _paths.Bytes(marked));
        else if (opaqueness == Opaqueness.NotDirectory)
            _overFiles++;
    }

    /// <summary>Finds a name's node in the lower tree; the path is <see cref="PathTable.None"/> where there is none.</summary>
    private Resolution Resolve(int named)
    {
        Resolution resolution = resolver.Lower(_paths.Parent(named));
        if (resolution.End != ResolutionEnd.Directory)
            return resolution with { Path = PathTable.None };
        int path = resolution.Path == _paths.Parent(named) ? named : _paths.Find(resolution.Path, _paths.Name(named));
        return resolution with { Path = path != PathTable.None && tree[path] is not null ? path : PathTable.None };
    }

    /// <summary>The directory that an opaque marker empties, or <see cref="PathTable.None"/>.</summary>
    private int OpaqueDirectory(int marked, out Opaqueness opaqueness)
    {
        opaqueness = Opaqueness.None;
        if (marked == PathTable.Root)
            return marked;
        Resolution resolution = resolver.Lower(marked);
        if (resolution.End == ResolutionEnd.NotDirectory)
            opaqueness = Opaqueness.NotDirectory;
        if (resolution.End != ResolutionEnd.Directory)
            return PathTable.None;
        int named = Resolve(marked).Path;
        if (!_replaced.IsKeptLink(named, tree[named]!))
            return resolution.Path;
        opaqueness = Opaqueness.KeptLink;
        return PathTable.None;
    }

    private void FindLinked(LayerTable layer)
    {
        for (int row = 0; row < layer.Count; row++)
        {
            context.ThrowIfCancelled();
            if (layer[row].Kind != EntryKind.Hardlink || layer[row].LinkPath == PathTable.Root)
                continue;
            resolver.Entry = layer[row].Path;
            int path = Resolve(layer[row].LinkPath).Path;
            if (path != PathTable.None && tree[path] is { } inode && inode.Kind != EntryKind.Directory)
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
