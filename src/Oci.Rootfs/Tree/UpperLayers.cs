using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// How the layers that are read affect those below them, which may be read at the same time. It only guesses which contents the tree needs
/// (docs/architecture.md): it knows nothing of links. The merge decides. Used under the lock of the paths.
/// </summary>
/// <remarks>For each path it keeps the topmost layer that does something there: it affects all layers below that one, and no others.</remarks>
internal sealed class UpperLayers(PathTable paths)
{
    private readonly PathMap<Upper> _upper = new(paths);

    /// <summary>By directory: the topmost layer that hides everything that lower layers have there, counted from 1.</summary>
    private readonly Dictionary<int, int> _hiddenBelow = [];

    /// <summary>The topmost layers, counted from 1, that affect a path; 0 for none.</summary>
    private struct Upper
    {
        /// <summary>It has an entry or a whiteout here, so it hides a lower file.</summary>
        public int HidesFile;

        /// <summary>It hides everything that lower layers have below this path.</summary>
        public int HidesBelow;

        /// <summary>A hardlink of it names this path, so the tree needs its file even where it is hidden.</summary>
        public int Links;
    }

    /// <summary>Whether the tree has another file, or none, at this path.</summary>
    /// <param name="path">A path.</param>
    /// <param name="layer">The number of the layer that has a file there, from 0.</param>
    public bool Hide(int path, int layer) => _upper[path].HidesFile > layer + 1 || HiddenBelow(paths.Parent(path)) > layer + 1;

    /// <summary>Whether the tree needs the path's content in spite of that.</summary>
    public bool Link(int path, int layer) => _upper[path].Links > layer + 1;

    /// <summary>The engine knows what a layer hides of those below once it has read the whole layer.</summary>
    public void Add(LayerTable layer)
    {
        int number = layer.Number + 1;
        foreach (ref readonly LayerRow row in layer)
        {
            ref Upper upper = ref _upper.At(row.Path);
            if (row.Kind != EntryKind.Opaque)
                upper.HidesFile = Math.Max(upper.HidesFile, number);
            if (row.Kind != EntryKind.Directory)
                upper.HidesBelow = Math.Max(upper.HidesBelow, number);
            if (row.Kind == EntryKind.Hardlink)
            {
                ref Upper target = ref _upper.At(row.LinkPath);
                target.Links = Math.Max(target.Links, number);
            }
        }
        _hiddenBelow.Clear();
    }

    private int HiddenBelow(int directory)
    {
        if (_hiddenBelow.TryGetValue(directory, out int hidden))
            return hidden;
        for (int at = directory; ; at = paths.Parent(at))
        {
            hidden = Math.Max(hidden, _upper[at].HidesBelow);
            if (at == PathTable.Root)
                break;
        }
        _hiddenBelow[directory] = hidden;
        return hidden;
    }
}
