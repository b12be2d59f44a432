namespace Oci.Rootfs.Tree;

/// <summary>All that the merge needs of one layer: one row an entry, in the order of the archive.</summary>
internal sealed class LayerTable(PathTable paths)
{
    /// <summary>Rows in a chunk. What doubled instead would leave half of all memory behind as garbage that is seldom collected.</summary>
    private const int ChunkBits = 10;
    private const int ChunkRows = 1 << ChunkBits;

    private readonly List<LayerRow[]> _chunks = [new LayerRow[16]];

    public PathTable Paths { get; } = paths;

    public int Count { get; private set; }

    public ref LayerRow this[int row] => ref _chunks[row >> ChunkBits][row & (ChunkRows - 1)];

    /// <summary>Returns the number of the new row.</summary>
    public int Add(in LayerRow row)
    {
        int chunk = Count >> ChunkBits;
        int place = Count & (ChunkRows - 1);
        if (chunk == _chunks.Count)
            _chunks.Add(new LayerRow[ChunkRows]);
        // Most layers are small.
        if (place == _chunks[chunk].Length)
            _chunks[chunk] = Grown(_chunks[chunk]);
        _chunks[chunk][place] = row;
        return Count++;
    }

    public Enumerator GetEnumerator() => new(this);

    private static LayerRow[] Grown(LayerRow[] chunk)
    {
        Arrays.Grow(ref chunk, chunk.Length * 2);
        return chunk;
    }

    public struct Enumerator(LayerTable table)
    {
        private int _row = -1;

        public readonly ref readonly LayerRow Current => ref table[_row];

        public bool MoveNext() => ++_row < table.Count;
    }
}
