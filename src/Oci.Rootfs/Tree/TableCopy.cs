namespace Oci.Rootfs.Tree;

/// <summary>A layer's table with the paths of another image.</summary>
internal static class TableCopy
{
    /// <param name="table">The table.</param>
    /// <param name="paths">The other image's paths.</param>
    /// <param name="number">The layer's number in the other image.</param>
    /// <param name="numbers">By path of the table: 1 + its number in the other image, or 0 where it is not known yet.</param>
    /// <param name="limits">The other image's limits.</param>
    /// <exception cref="Errors.OciException">A limit is reached.</exception>
    public static LayerTable Make(LayerTable table, PathTable paths, int number, PathMap<int> numbers, TreeLimits limits)
    {
        LayerTable copy = new(paths, number);
        foreach (ref readonly LayerRow row in table)
        {
            limits.AddRow();
            if (row.SymlinkTarget is not null)
                limits.AddLinkTarget(paths, row.SymlinkTarget.Length);
            for (int i = 0; i < row.Xattrs?.Count; i++)
                limits.AddXattr(paths, row.Xattrs[i].Name.Length, row.Xattrs[i].Value.Length);
            LayerRow copied = row;
            copied.Path = Find(table.Paths, row.Path, paths, numbers, limits);
            if (row.LinkPath != PathTable.None)
                copied.LinkPath = Find(table.Paths, row.LinkPath, paths, numbers, limits);
            copy.Add(copied);
        }
        return copy;
    }

    /// <summary>The number of a path in another table, which gets the path if it has not.</summary>
    public static int Find(PathTable from, int path, PathTable paths, PathMap<int> numbers, TreeLimits? limits)
    {
        if (path == PathTable.Root)
            return PathTable.Root;
        int known = numbers[path];
        if (known != 0)
            return known - 1;
        Collections.IntStack missing = new();
        int at = path;
        for (; at != PathTable.Root && numbers[at] == 0; at = from.Parent(at))
            missing.Push(at);
        int found = at == PathTable.Root ? PathTable.Root : numbers[at] - 1;
        while (missing.TryPop(out int next))
        {
            found = paths.GetOrAdd(found, from.Name(next));
            numbers.At(next) = found + 1;
            limits?.CheckPaths(paths);
        }
        return found;
    }
}
