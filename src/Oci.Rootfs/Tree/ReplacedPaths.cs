using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// The paths of the lower tree that one layer replaces or removes: no marker reaches through them (rules 13 and 14). A whiteout replaces a
/// path, and so does any entry that is not the same directory. Both count at the path that they name and at the path to which that resolves
/// when its parent is walked in the lower tree.
/// </summary>
internal sealed class ReplacedPaths(PathTable paths, bool keepDirectorySymlinks)
{
    private readonly List<ResolvedRow> _resolved = [];
    private readonly List<int> _named = [];
    private readonly PathMap<Replacement> _replacements = new(paths);

    [Flags]
    private enum Replacement : byte
    {
        None = 0,
        Whiteout = 1,
        Directory = 2,
        Other = 4,
        Opaque = 8,
    }

    /// <summary>Forgets the last layer, and adds the paths that this layer's rows name.</summary>
    public void Begin(LayerTable layer)
    {
        foreach (int path in _named)
            _replacements.At(path) = Replacement.None;
        _named.Clear();
        foreach (ref readonly LayerRow row in layer)
        {
            if (!row.IsAufs)
                Add(row.Path, ReplacementOf(row.Kind));
        }
    }

    /// <summary>
    /// Notes the path to which a row resolves, where links lead elsewhere. It counts only after <see cref="EndResolved"/>.
    /// </summary>
    public void AddResolved(int path, EntryKind kind) => _resolved.Add(new ResolvedRow(path, ReplacementOf(kind)));

    public void EndResolved()
    {
        foreach (ResolvedRow row in _resolved)
            Add(row.Path, row.Replacement);
        _resolved.Clear();
    }

    /// <summary>True when this layer replaces or removes the node at a path.</summary>
    public bool Has(int path, Inode inode)
    {
        Replacement replacement = _replacements[path];
        if ((replacement & (Replacement.Whiteout | Replacement.Other)) != 0 || (_replacements[paths.Parent(path)] & Replacement.Opaque) != 0)
            return true;
        return (replacement & Replacement.Directory) != 0 && inode.Kind switch
        {
            EntryKind.Directory => false,
            // If the link leads to no directory, the walk ends there anyway.
            EntryKind.Symlink => !keepDirectorySymlinks,
            _ => true,
        };
    }

    /// <summary>True for a lower link that stays although the layer has a directory there (rule 30).</summary>
    public bool IsKeptLink(int path, Inode inode) =>
        keepDirectorySymlinks && inode.Kind == EntryKind.Symlink && (_replacements[path] & Replacement.Directory) != 0;

    private void Add(int path, Replacement replacement)
    {
        ref Replacement known = ref _replacements.At(path);
        if (known == Replacement.None)
            _named.Add(path);
        known |= replacement;
    }

    private static Replacement ReplacementOf(EntryKind kind) => kind switch
    {
        EntryKind.Whiteout => Replacement.Whiteout,
        EntryKind.Opaque => Replacement.Opaque,
        EntryKind.Directory => Replacement.Directory,
        _ => Replacement.Other,
    };

    private sealed record ResolvedRow(int Path, Replacement Replacement);
}
