using System.Globalization;
using System.Text;

namespace Oci.Images;

public enum TarSparseForm
{
    OldGnu,
    Pax00,
    Pax01,
    Pax10,
}

/// <summary>An extent: a stretch of data in a sparse file.</summary>
public sealed record TarExtent(long Offset, TarContent Data);

/// <summary>Makes an entry sparse: these extents are its content. As in GNU tar, the map ends with an empty extent at the end.</summary>
public sealed record TarSparse(TarSparseForm Form, long RealSize, params TarExtent[] Extents)
{
    /// <summary>The map to write in place of the true one.</summary>
    public (long Offset, long Length)[]? ForgedMap { get; init; }

    /// <summary>The number of map entries to write in place of the true one (PAX forms).</summary>
    public long? ForgedCount { get; init; }

    internal (long Offset, long Length)[] Map
    {
        get
        {
            if (ForgedMap is not null)
                return ForgedMap;
            IEnumerable<(long, long)> map = Extents.Select(static e => (e.Offset, e.Data.Length));
            bool endsInHole = Extents.Length == 0 || Extents[^1].Offset + Extents[^1].Data.Length < RealSize;
            return [.. map, .. endsInHole ? [(RealSize, 0L)] : Array.Empty<(long, long)>()];
        }
    }

    internal long StoredLength => MapBlocks().Length + Extents.Sum(static e => e.Data.Length);

    internal void WriteStored(Stream output)
    {
        output.Write(MapBlocks());
        foreach (TarExtent extent in Extents)
            extent.Data.WriteTo(output);
    }

    internal IEnumerable<TarRecord> Records(TarText name)
    {
        string count = Text(ForgedCount ?? Map.Length);
        switch (Form)
        {
            case TarSparseForm.Pax00:
                return [("GNU.sparse.size", Text(RealSize)), ("GNU.sparse.numblocks", count), .. Map.SelectMany<(long Offset, long Length), TarRecord>(
                    static e => [("GNU.sparse.offset", Text(e.Offset)), ("GNU.sparse.numbytes", Text(e.Length))])];
            case TarSparseForm.Pax01:
                string map = string.Join(',', Map.Select(static e => $"{Text(e.Offset)},{Text(e.Length)}"));
                return [("GNU.sparse.name", name), ("GNU.sparse.size", Text(RealSize)), ("GNU.sparse.numblocks", count), ("GNU.sparse.map", map)];
            case TarSparseForm.Pax10:
                return [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", name), ("GNU.sparse.realsize", Text(RealSize))];
            default:
                return [];
        }
    }

    /// <summary>The old GNU map: four extents in the header, 21 in each block that follows it.</summary>
    internal byte[] PutOldGnuMap(Span<byte> header)
    {
        (long Offset, long Length)[] map = Map;
        PutExtents(header[386..], map.AsSpan(0, Math.Min(4, map.Length)));
        header[482] = (byte)(map.Length > 4 ? 1 : 0);
        TarHeaderWriter.PutNumber(header.Slice(483, 12), RealSize, TarFormat.Gnu);
        byte[] more = new byte[512 * ((Math.Max(0, map.Length - 4) + 20) / 21)];
        for (int block = 0; block < more.Length / 512; block++)
        {
            int first = 4 + block * 21;
            PutExtents(more.AsSpan(block * 512), map.AsSpan(first, Math.Min(21, map.Length - first)));
            more[block * 512 + 504] = (byte)(first + 21 < map.Length ? 1 : 0);
        }
        return more;
    }

    private static void PutExtents(Span<byte> at, ReadOnlySpan<(long Offset, long Length)> extents)
    {
        for (int i = 0; i < extents.Length; i++)
        {
            TarHeaderWriter.PutNumber(at.Slice(i * 24, 12), extents[i].Offset, TarFormat.Gnu);
            TarHeaderWriter.PutNumber(at.Slice(i * 24 + 12, 12), extents[i].Length, TarFormat.Gnu);
        }
    }

    private byte[] MapBlocks()
    {
        if (Form != TarSparseForm.Pax10)
            return [];
        string text = Text(ForgedCount ?? Map.Length) + "\n" + string.Concat(Map.Select(static e => $"{Text(e.Offset)}\n{Text(e.Length)}\n"));
        byte[] blocks = new byte[(text.Length + 511) / 512 * 512];
        Encoding.ASCII.GetBytes(text, blocks);
        return blocks;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
