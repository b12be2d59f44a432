using Oci.Rootfs.Collections;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Takes paths out of the merged tree by patterns. A directory goes with all that is in it. What a pattern keeps stays with all that is in
/// it, and so do the directories on the way to it. The patterns are about the tree's own paths: they follow no links.
/// </summary>
internal sealed class TreeRemoval(MergeTree tree, EngineContext context)
{
    private readonly PathTable _paths = tree.Paths;
    private readonly PathMap<Fate> _fates = new(tree.Paths);

    private enum Fate : byte
    {
        Stays,
        Goes,
        IsKept,
    }

    public void Apply(IReadOnlyList<string> remove, IReadOnlyList<string> keep)
    {
        PathPattern[] removing = Parse(remove), keeping = Parse(keep);
        if (removing.Length == 0)
            return;
        int[] order = _paths.InOrder();
        Mark(order, removing, Fate.Goes);
        Mark(order, keeping, Fate.IsKept);
        // Children before parents: a directory that goes and is not empty then has something that is kept.
        for (int i = order.Length - 1; i > 0; i--)
        {
            context.ThrowIfCancelled();
            if (_fates[order[i]] == Fate.Goes && !tree.HasChildren(order[i]))
                tree.Remove(order[i]);
        }
    }

    private static PathPattern[] Parse(IReadOnlyList<string> patterns)
    {
        PathPattern[] parsed = new PathPattern[patterns.Count];
        for (int i = 0; i < parsed.Length; i++)
            parsed[i] = PathPattern.Parse(patterns[i]);
        return parsed;
    }

    private void Mark(int[] order, PathPattern[] patterns, Fate fate)
    {
        if (patterns.Length == 0)
            return;
        bool[] matched = new bool[patterns.Length];
        // By depth: the states of the patterns at the path on the way.
        ulong[] states = new ulong[16 * patterns.Length];
        for (int i = 0; i < patterns.Length; i++)
            states[i] = patterns[i].Start;
        for (int at = 1; at < order.Length; at++)
        {
            context.ThrowIfCancelled();
            int path = order[at];
            // No node is below a path without one. A path's own states are not needed then.
            if (tree[path] is null)
                continue;
            int here = _paths.Depth(path) * patterns.Length;
            if (here + patterns.Length > states.Length)
                Arrays.Grow(ref states, states.Length * 2);
            bool any = false;
            for (int i = 0; i < patterns.Length; i++)
            {
                states[here + i] = patterns[i].Step(states[here - patterns.Length + i], _paths.Name(path));
                if (!patterns[i].Matches(states[here + i]))
                    continue;
                matched[i] = any = true;
            }
            if (any || _fates[_paths.Parent(path)] == fate)
                _fates.At(path) = fate;
        }
        for (int i = 0; i < patterns.Length; i++)
        {
            if (!matched[i])
                OwnErrors.TellNoMatch(context.Log, patterns[i].Text);
        }
    }
}
