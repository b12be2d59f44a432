using System.Globalization;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>
/// The rules written down as plainly as they go, however slow: paths are strings, the tree is a dictionary, nothing is remembered.
/// Shares no code with the engine. For names that need no cleaning.
/// </summary>
internal sealed class TreeModel(bool keepLinks)
{
    private readonly SortedDictionary<string, ModelNode> _tree = new(StringComparer.Ordinal) { [""] = NewDirectory() };
    private readonly Dictionary<string, ModelNode> _aufs = [];
    private HashSet<string> _listed = [];

    /// <summary>Of the error that stopped the merge, if one did.</summary>
    public string? ErrorCode { get; private set; }

    public SortedSet<string> WarningCodes { get; } = [];

    public static TreeModel Of(bool keepLinks, IReadOnlyList<TarEntry[]> layers)
    {
        TreeModel model = new(keepLinks);
        try
        {
            for (int i = 0; i < layers.Count; i++)
                model.Apply([.. layers[i].Select(entry => ModelRow.Of(entry, i)).OfType<ModelRow>().Select((row, index) => row.At(index))]);
        }
        catch (ModelException error)
        {
            model.ErrorCode = error.Message;
        }
        return model;
    }

    /// <summary>In the form of <see cref="MergedTree.FullLines"/>.</summary>
    public IEnumerable<string> FullLines()
    {
        List<string> order = [.. _tree.Keys];
        order.Sort((a, b) => string.CompareOrdinal(a.Replace('/', '\0'), b.Replace('/', '\0')));
        foreach (string path in order)
        {
            ModelNode n = _tree[path];
            string first = order.First(p => _tree[p] == n);
            int links = order.Count(p => _tree[p] == n);
            string xattrs = string.Join(',', n.Xattrs.Select(x => x.Key + "=" + x.Value));
            yield return string.Create(CultureInfo.InvariantCulture,
                $"'{path}' = '{first}' {n.Kind} {n.Mode:X} {n.Uid}:{n.Gid} {n.Mtime} {n.Size} {n.Layer}/{n.Index} '{n.Target}' {n.Major}:{n.Minor} links {links} [{xattrs}]");
        }
    }

    private static ModelNode NewDirectory() => new() { Kind = "Directory", Mode = 0b111_101_101 };

    private static string Parent(string path) => path.Contains('/') ? path[..path.LastIndexOf('/')] : "";

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Join(string directory, string name) => directory.Length == 0 ? name : directory + "/" + name;

    private static bool IsBelow(string path, string directory) => path != directory && (directory.Length == 0 || path.StartsWith(directory + "/", StringComparison.Ordinal));

    public static string[] Components(string path) => [.. path.Split('/').Where(c => c is not ("" or "."))];

    private void Apply(List<ModelRow> rows)
    {
        _listed = [];
        _aufs.Clear();
        Dictionary<string, ModelNode> lower = new(_tree);
        foreach (string path in Removed(rows, lower))
            _tree.Remove(path);
        List<ModelRow> pending = [];
        foreach (ModelRow row in rows.Where(r => !r.IsMarker))
        {
            if (row.Kind == "Hardlink" && !TryLink(row))
                pending.Add(row);
            else if (row.Kind != "Hardlink")
                ApplyEntry(row);
        }
        ApplyPending(rows, pending, lower, Removed(rows, lower));
    }

    /// <summary>All lower paths that the layer's markers remove.</summary>
    private HashSet<string> Removed(List<ModelRow> rows, Dictionary<string, ModelNode> lower)
    {
        List<(string Path, string Kind)> named = [.. rows.Where(r => !r.IsAufs).Select(r => (r.Path, r.Kind))];
        List<(string Path, string Kind)> all = [.. named];
        foreach (ModelRow row in rows.Where(r => !r.IsAufs))
        {
            if (Landing(row, lower, named, null) is { } path)
                all.Add((path, row.Kind));
        }
        HashSet<string> removed = [];
        foreach (ModelRow row in rows.Where(r => r.IsMarker))
        {
            if (Landing(row, lower, all, WarningCodes) is not { } path)
                continue;
            removed.UnionWith(lower.Keys.Where(p => IsBelow(p, path) || (p == path && row.Kind == "Whiteout")));
        }
        return removed;
    }

    /// <summary>Where a row lands in the lower tree, past nothing that is replaced; null where that is nowhere.</summary>
    private string? Landing(ModelRow row, Dictionary<string, ModelNode> lower, List<(string Path, string Kind)> replacing, SortedSet<string>? warnings)
    {
        if (row.Path.Length == 0)
            return "";
        if (Walk(lower, Parent(row.Path), q => IsReplaced(q, lower, replacing), out string parent) != "directory")
        {
            if (row.Kind == "Whiteout" && parent == "not a directory")
                warnings?.Add("OCI4157");
            return null;
        }
        string path = Join(parent, Name(row.Path));
        if (row.Kind != "Opaque")
            return path;
        if (Walk(lower, row.Path, q => IsReplaced(q, lower, replacing), out string directory) != "directory")
            return null;
        bool isKept = keepLinks && lower[path].Kind == "Symlink" && replacing.Contains((path, "Directory"));
        if (isKept)
            warnings?.Add("OCI4156");
        return isKept ? null : directory;
    }

    private bool IsReplaced(string path, Dictionary<string, ModelNode> lower, List<(string Path, string Kind)> replacing)
    {
        foreach ((string replaced, string kind) in replacing)
        {
            if (kind == "Opaque" && replaced == Parent(path))
                return true;
            if (replaced != path || kind == "Opaque")
                continue;
            bool isSameDirectory = kind == "Directory" && (lower[path].Kind == "Directory" || (keepLinks && lower[path].Kind == "Symlink"));
            if (!isSameDirectory)
                return true;
        }
        return false;
    }

    /// <summary>Returns how the walk ended; the real path if it is a directory.</summary>
    private static string Walk(IDictionary<string, ModelNode> tree, string path, Func<string, bool>? isReplaced, out string real, bool create = false)
    {
        List<string> todo = [.. Components(path)];
        int links = 0;
        real = "";
        while (todo.Count > 0)
        {
            string name = todo[0];
            todo.RemoveAt(0);
            if (name == "..")
            {
                real = Parent(real);
                continue;
            }
            string child = Join(real, name);
            if (!tree.ContainsKey(child) && create)
            {
                if (name.StartsWith(".wh.", StringComparison.Ordinal))
                    throw new ModelException("OCI4107");
                tree[child] = NewDirectory();
            }
            string? end = !tree.TryGetValue(child, out ModelNode? node) ? "missing" : isReplaced is not null && isReplaced(child) ? "replaced" : null;
            if (end is null && node!.Kind == "Directory")
                real = child;
            else if (end is null && node!.Kind != "Symlink")
                end = "not a directory";
            else if (end is null && ++links > 40)
                end = "loop";
            else if (end is null)
            {
                if (node!.Target.StartsWith('/'))
                    real = "";
                todo.InsertRange(0, Components(node.Target));
            }
            if (end is not null)
            {
                real = end;
                return end;
            }
        }
        return "directory";
    }

    private string Create(string path) => Walk(_tree, path, null, out string real, create: true) switch
    {
        "directory" => real,
        "loop" => throw new ModelException("OCI4122"),
        _ => throw new ModelException("OCI4121"),
    };

    private void ApplyEntry(ModelRow row)
    {
        if (row.IsAufs)
        {
            _aufs[row.Path] = row.NewNode();
            return;
        }
        string path = row.Path.Length == 0 ? "" : Join(Create(Parent(row.Path)), Name(row.Path));
        if (row.Kind == "Directory" && _tree.TryGetValue(path, out ModelNode? standing))
        {
            if (standing.Kind == "Directory")
            {
                row.SetMetadata(standing);
                standing.Xattrs = new(row.Xattrs, StringComparer.Ordinal);
                _listed.Add(path);
                return;
            }
            if (standing.Kind == "Symlink" && !_listed.Contains(path) && Walk(_tree, path, null, out _) == "directory")
            {
                if (keepLinks)
                    return;
                WarningCodes.Add("OCI4155");
            }
        }
        Replace(path, row.NewNode());
    }

    private void Replace(string path, ModelNode node)
    {
        if (!_listed.Add(path))
            WarningCodes.Add("OCI4154");
        foreach (string old in _tree.Keys.Where(p => p == path || IsBelow(p, path)).ToList())
            _tree.Remove(old);
        _tree[path] = node;
    }

    private bool TryLink(ModelRow row)
    {
        if (row.Path == row.LinkPath)
        {
            WarningCodes.Add("OCI4159");
            return true;
        }
        string target = row.LinkPath!;
        if (!_aufs.TryGetValue(target, out ModelNode? node) && target.Length > 0)
        {
            string end = Walk(_tree, Parent(target), null, out string parent);
            if (end == "loop")
                throw new ModelException("OCI4122");
            target = Join(parent, Name(target));
            if (end != "directory")
                return false;
        }
        if (node is null && !_tree.TryGetValue(target, out node))
            return false;
        if (node.Kind == "Directory")
            throw new ModelException("OCI4124");
        Link(row, target, node);
        return true;
    }

    private void Link(ModelRow row, string target, ModelNode node)
    {
        if (row.IsAufs)
        {
            _aufs[row.Path] = node;
        }
        else
        {
            string path = Join(Create(Parent(row.Path)), Name(row.Path));
            if (path == target)
            {
                WarningCodes.Add("OCI4159");
                return;
            }
            Replace(path, node);
        }
        row.SetMetadata(node);
        foreach ((string name, string value) in row.Xattrs)
            node.Xattrs[name] = value;
    }

    private void ApplyPending(List<ModelRow> rows, List<ModelRow> pending, Dictionary<string, ModelNode> lower, HashSet<string> removed)
    {
        pending.RemoveAll(p =>
        {
            bool drop = rows.Any(r => r.Index > p.Index && !r.IsMarker && r.Path == p.Path && r.Path != r.LinkPath);
            if (drop)
                WarningCodes.Add("OCI4154");
            return drop;
        });
        while (pending.Count > 0)
        {
            if (pending.Find(TryLink) is { } linked)
                pending.Remove(linked);
            else if (pending.Find(r => Taken(r, lower, removed) is not null) is { } fallen)
            {
                WarningCodes.Add("OCI4158");
                string target = Taken(fallen, lower, removed)!;
                Link(fallen, target, lower[target]);
                pending.Remove(fallen);
            }
            else
                throw new ModelException("OCI4123");
        }
    }

    /// <summary>The lower path of a file that a hardlink names and a marker of its layer took.</summary>
    private static string? Taken(ModelRow row, Dictionary<string, ModelNode> lower, HashSet<string> removed)
    {
        if (row.LinkPath!.Length == 0 || Walk(lower, Parent(row.LinkPath), null, out string parent) != "directory")
            return null;
        string target = Join(parent, Name(row.LinkPath));
        return removed.Contains(target) && lower[target].Kind != "Directory" ? target : null;
    }

    private sealed class ModelException(string code) : Exception(code);
}
