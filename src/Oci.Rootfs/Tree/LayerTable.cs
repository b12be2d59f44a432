using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>The merge's view of one layer: one row an entry, in the order of the archive.</summary>
/// <param name="paths">The paths of all layers of the image.</param>
/// <param name="number">The layer's number in the manifest, from 0.</param>
internal sealed class LayerTable(PathTable paths, int number)
{
    private readonly Paged<LayerRow> _rows = new();

    public PathTable Paths { get; } = paths;

    public int Number => number;

    public int Count => _rows.Count;

    public ref LayerRow this[int row] => ref _rows[row];

    /// <summary>Adds a row and returns its number.</summary>
    public int Add(in LayerRow row)
    {
        _rows.Add(row);
        return Count - 1;
    }

    public Paged<LayerRow>.Enumerator GetEnumerator() => _rows.GetEnumerator();
}
