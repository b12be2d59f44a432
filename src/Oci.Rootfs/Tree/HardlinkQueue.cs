using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Hardlinks of one layer whose target was absent when their entry came (rules 52, 55, 56). At the end of the layer, the queue applies the
/// first hardlink, in the order of the archive, that can be applied, again and again. Then it applies the first whose file a whiteout of
/// the layer removed.
/// </summary>
/// <remarks>A link waits for one path, so that a long chain in the wrong order is not tried over and over.</remarks>
internal sealed class HardlinkQueue(MergeTree tree, PathResolver resolver, EntryPass pass, EngineContext context)
{
    private readonly List<int> _pending = [];
    private readonly Dictionary<int, List<int>> _waiting = [];
    private readonly HashSet<int> _waitingRows = [];
    private PriorityQueue<int, int> _ready = null!;
    private LayerTable _table = null!;

    public void Add(int row) => _pending.Add(row);

    /// <summary>Called when a node was placed at a path: the links that wait for the path are tried again.</summary>
    public void Placed(int path)
    {
        if (_waiting.Remove(path, out List<int>? rows))
            Wake(rows);
    }

    public void Run(LayerTable table, Dictionary<int, WhitedOutTarget> whitedOutTargets)
    {
        if (_pending.Count == 0)
            return;
        _table = table;
        _ready = new PriorityQueue<int, int>();
        DropSuperseded(table);
        foreach (int row in _pending)
            _ready.Enqueue(row, row);
        int next = 0;
        while (true)
        {
            TryReady(table);
            if (_waitingRows.Count == 0)
                break;
            while (next < _pending.Count && !(whitedOutTargets.ContainsKey(_pending[next]) && _waitingRows.Contains(_pending[next])))
                next++;
            if (next == _pending.Count)
                throw pass.TargetMissing(_waitingRows.Min());
            int row = _pending[next++];
            _waitingRows.Remove(row);
            int generation = tree.Generation;
            resolver.Entry = table[row].Path;
            pass.LinkToWhitedOut(whitedOutTargets[row]);
            WakeAllIfRerouted(generation);
        }
        _pending.Clear();
        _waiting.Clear();
    }

    /// <summary>
    /// Drops a link if a later entry has the same path: the later one wins (rule 33), so the link must not be applied after it.
    /// </summary>
    private void DropSuperseded(LayerTable table)
    {
        Dictionary<int, int> last = [];
        foreach (int row in _pending)
            last[table[row].Path] = row;
        for (int row = 0; row < table.Count; row++)
        {
            context.ThrowIfCancelled();
            if (HasLastWord(table[row]) && last.ContainsKey(table[row].Path))
                last[table[row].Path] = row;
        }
        _pending.RemoveAll(row =>
        {
            context.ThrowIfCancelled();
            bool superseded = last[table[row].Path] > row;
            if (superseded)
                pass.WarnOfDuplicate(row);
            return superseded;
        });
    }

    private static bool HasLastWord(in LayerRow row) => row.Kind switch
    {
        EntryKind.Whiteout or EntryKind.Opaque => false,
        EntryKind.Hardlink => row.Path != row.LinkPath,
        _ => true,
    };

    private void TryReady(LayerTable table)
    {
        while (_ready.TryDequeue(out int row, out _))
        {
            context.ThrowIfCancelled();
            int generation = tree.Generation;
            resolver.Entry = table[row].Path;
            int missing = pass.TryLink(row);
            if (missing == PathTable.None)
            {
                WakeAllIfRerouted(generation);
                continue;
            }
            if (!_waiting.TryGetValue(missing, out List<int>? rows))
                _waiting.Add(missing, rows = []);
            rows.Add(row);
            _waitingRows.Add(row);
        }
    }

    /// <summary>A link that replaced a symlink or a directory may have changed the route of every other link.</summary>
    private void WakeAllIfRerouted(int generation)
    {
        if (tree.Generation == generation)
            return;
        foreach (List<int> rows in _waiting.Values)
            Wake(rows);
        _waiting.Clear();
    }

    private void Wake(List<int> rows)
    {
        foreach (int row in rows)
        {
            context.ThrowIfCancelled();
            // The list still contains links that the fallback has applied.
            if (!_waitingRows.Remove(row))
                continue;
            resolver.CountLinkSteps(1 + tree.Paths.Depth(_table[row].Path) + tree.Paths.Depth(_table[row].LinkPath));
            _ready.Enqueue(row, row);
        }
    }
}
