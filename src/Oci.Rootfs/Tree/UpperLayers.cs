using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// How the layers read so far affect the one below them, while the engine reads from the top. It only guesses which contents the tree needs
/// (docs/architecture.md): it knows nothing of links. The merge decides.
/// </summary>
internal sealed class UpperLayers(PathTable paths)
{
    private readonly PathMap<Upper> _upper = new(paths);

    /// <summary>By directory: whether upper layers hide a lower layer's content there, as far as known for the current layer.</summary>
    private readonly Dictionary<int, bool> _hiddenDirectories = [];

    /// <summary>How the layers above the current one affect a path.</summary>
    [Flags]
    private enum Upper : byte
    {
        None = 0,

        /// <summary>An upper layer has an entry or a whiteout here, so it hides a lower file.</summary>
        HidesFile = 1,

        /// <summary>Upper layers hide everything that lower layers have below this path.</summary>
        HidesBelow = 2,

        /// <summary>A hardlink of an upper layer names this path, so the tree needs its file even where it is hidden.</summary>
        IsLinked = 4,
    }

    /// <summary>Whether the tree has another file, or none, at this path.</summary>
    public bool Hide(int path) => (_upper[path] & Upper.HidesFile) != 0 || IsHidden(paths.Parent(path));

    /// <summary>Whether the tree needs the path's content in spite of that.</summary>
    public bool Link(int path) => (_upper[path] & Upper.IsLinked) != 0;

    /// <summary>The engine knows what a layer hides of those below once it has read the whole layer.</summary>
    public void Add(LayerTable layer)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            _upper.At(row.Path) |= row.Kind switch
            {
                EntryKind.Opaque => Upper.HidesBelow,
                EntryKind.Directory => Upper.HidesFile,
                _ => Upper.HidesFile | Upper.HidesBelow,
            };
            if (row.Kind == EntryKind.Hardlink)
                _upper.At(row.LinkPath) |= Upper.IsLinked;
        }
        _hiddenDirectories.Clear();
    }

    private bool IsHidden(int directory)
    {
        if (_hiddenDirectories.TryGetValue(directory, out bool hidden))
            return hidden;
        int at = directory;
        while ((_upper[at] & Upper.HidesBelow) == 0 && at != PathTable.Root)
            at = paths.Parent(at);
        hidden = (_upper[at] & Upper.HidesBelow) != 0;
        _hiddenDirectories[directory] = hidden;
        return hidden;
    }
}
