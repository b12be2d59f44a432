namespace Oci.Rootfs.Tree;

/// <summary>All that the merge needs of one layer: one row an entry, in the order of the archive.</summary>
internal sealed class LayerTable(PathTable paths)
{
    private LayerRow[] _rows = new LayerRow[16];

    public PathTable Paths { get; } = paths;

    public int Count { get; private set; }

    public ref LayerRow this[int row] => ref _rows[row];

    public ReadOnlySpan<LayerRow> Rows => _rows.AsSpan(0, Count);

    /// <summary>Returns the number of the new row.</summary>
    public int Add(in LayerRow row)
    {
        if (Count == _rows.Length)
            Array.Resize(ref _rows, _rows.Length * 2);
        _rows[Count] = row;
        return Count++;
    }
}
