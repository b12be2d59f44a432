using System.Globalization;
using System.Numerics;
using System.Text;

namespace Oci.Images;

/// <summary>
/// One entry of an archive of the tree, as a reader understands it that shares nothing with the engine: bytes, ustar's fields, and the PAX
/// records that override them. Text is Latin-1: a character a byte.
/// </summary>
public sealed record ArchiveEntry
{
    private const int Block = 512;

    public required string Name { get; init; }

    public required char Type { get; init; }

    public required int Mode { get; init; }

    public required BigInteger Uid { get; init; }

    public required BigInteger Gid { get; init; }

    public required long Size { get; init; }

    /// <summary>The decimal number of seconds.</summary>
    public required decimal Mtime { get; init; }

    public required string Link { get; init; }

    public required (int Major, int Minor) Device { get; init; }

    /// <summary>The header as it stands in the archive.</summary>
    public required byte[] Header { get; init; }

    /// <summary>The PAX records, in their order.</summary>
    public required IReadOnlyList<(string Key, string Value)> Records { get; init; }

    public required byte[] Content { get; init; }

    public string? Record(string key) => Last(Records, key);

    /// <exception cref="InvalidDataException">The archive breaks a rule of its form: the message says which, and where.</exception>
    public static List<ArchiveEntry> Parse(byte[] tar)
    {
        Demand(tar.Length % 10240 == 0, 0, "the length is no multiple of tar's record");
        List<ArchiveEntry> entries = [];
        List<(string, string)> records = [];
        int at = 0;
        for (; tar[at] != 0;)
        {
            byte[] header = tar[at..(at + Block)];
            Demand(Text(header, 257, 8) == "ustar\u000000", at, "another magic");
            Demand(Sum(header) == Convert.ToInt32(Text(header, 148, 6), 8) && Text(header, 154, 2) == "\0 ", at, "another checksum");
            long size = (long)Number(header.AsSpan(124, 12));
            char type = (char)header[156];
            Demand(size == 0 || type is '0' or 'x', at, "a size although there is no content");
            byte[] content = tar[(at + Block)..(int)(at + Block + size)];
            int end = at + Block + (int)((size + Block - 1) / Block * Block);
            Demand(tar.AsSpan(at + Block + (int)size, end - at - Block - (int)size).IndexOfAnyExcept((byte)0) < 0, at, "the padding is not zeros");
            if (type == 'x')
            {
                Demand(UpToNul(header, 0, 100) == "././@PaxHeader", at, "another name of an extended header");
                Demand(records.Count == 0, at, "two extended headers");
                records = RecordsOf(content, at);
            }
            else
            {
                entries.Add(Of(header, type, content, records));
                records = [];
            }
            at = end;
        }
        Demand(records.Count == 0 && tar.Length - at >= 2 * Block && tar.AsSpan(at).IndexOfAnyExcept((byte)0) < 0, at, "the end is not two blocks of zeros");
        return entries;
    }

    /// <summary>The path and the content in the tree. They differ from those in the archive where that has holes (GNU tar's form 1.0).</summary>
    /// <exception cref="InvalidDataException">The map of holes is wrong.</exception>
    public (string Path, byte[] Content) Expand()
    {
        if (Record("GNU.sparse.name") is not { } name)
            return (Name, Content);
        Demand(Record("GNU.sparse.major") == "1" && Record("GNU.sparse.minor") == "0", 0, "another form of sparse file");
        byte[] expanded = new byte[Parse(Record("GNU.sparse.realsize")!)];
        int at = 0;
        long count = Line();
        long[] map = new long[count * 2];
        for (int i = 0; i < map.Length; i++)
            map[i] = Line();
        at = (at + Block - 1) / Block * Block;
        long end = 0;
        for (int i = 0; i < map.Length; i += 2)
        {
            Demand(map[i] >= end, at, "extents that are not in order");
            Content.AsSpan(at, (int)map[i + 1]).CopyTo(expanded.AsSpan((int)map[i]));
            at += (int)map[i + 1];
            end = map[i] + map[i + 1];
        }
        Demand(at == Content.Length, at, "another length of the data than the map says");
        Demand(end == expanded.Length, at, "the last extent does not end where the file does");
        return (name, expanded);

        long Line()
        {
            int from = at;
            at = Array.IndexOf(Content, (byte)'\n', from) + 1;
            Demand(at > 0, from, "a map of holes without end");
            return Parse(Text(Content, from, at - 1 - from));
        }
    }

    private static ArchiveEntry Of(byte[] header, char type, byte[] content, List<(string Key, string Value)> records)
    {
        string prefix = UpToNul(header, 345, 155);
        string name = UpToNul(header, 0, 100);
        return new ArchiveEntry
        {
            Name = Last(records, "path") ?? (prefix.Length == 0 ? name : prefix + "/" + name),
            Type = type,
            Mode = (int)Number(header.AsSpan(100, 8)),
            Uid = Last(records, "uid") is { } uid ? BigInteger.Parse(uid, CultureInfo.InvariantCulture) : Number(header.AsSpan(108, 8)),
            Gid = Last(records, "gid") is { } gid ? BigInteger.Parse(gid, CultureInfo.InvariantCulture) : Number(header.AsSpan(116, 8)),
            Size = content.Length,
            Mtime = Last(records, "mtime") is { } mtime ? decimal.Parse(mtime, CultureInfo.InvariantCulture) : (decimal)Number(header.AsSpan(136, 12)),
            Link = Last(records, "linkpath") ?? UpToNul(header, 157, 100),
            Device = ((int)Number(header.AsSpan(329, 8)), (int)Number(header.AsSpan(337, 8))),
            Header = header,
            Records = records,
            Content = content,
        };
    }

    private static string? Last(IReadOnlyList<(string Key, string Value)> records, string key) =>
        records.Where(r => r.Key == key).Select(static r => r.Value).LastOrDefault();

    private static List<(string Key, string Value)> RecordsOf(byte[] content, int header)
    {
        List<(string, string)> records = [];
        string text = Encoding.Latin1.GetString(content);
        for (int at = 0; at < text.Length;)
        {
            int space = text.IndexOf(' ', at);
            int length = int.Parse(text[at..space], CultureInfo.InvariantCulture);
            string record = text[(space + 1)..(at + length)];
            Demand(record[^1] == '\n', header, "a record without a newline at its end");
            int equals = record.IndexOf('=', StringComparison.Ordinal);
            records.Add((record[..equals], record[(equals + 1)..^1]));
            at += length;
        }
        return records;
    }

    /// <summary>Octal digits; or base 256 where the first bit is set.</summary>
    private static BigInteger Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
            return new BigInteger(field[0] == 0xff ? field : [0, .. field[1..]], isUnsigned: false, isBigEndian: true);
        string digits = Encoding.ASCII.GetString(field).TrimEnd('\0', ' ');
        return digits.Length == 0 ? 0 : Convert.ToInt64(digits, 8);
    }

    private static long Parse(string number) => long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);

    private static int Sum(byte[] header) => header.Select(static (b, i) => i is >= 148 and < 156 ? 32 : b).Sum();

    private static string Text(byte[] bytes, int offset, int length) => Encoding.Latin1.GetString(bytes, offset, length);

    private static string UpToNul(byte[] header, int offset, int length) => Text(header, offset, length).Split('\0')[0];

    private static void Demand(bool holds, int at, string otherwise)
    {
        if (!holds)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"at byte {at} of the archive: {otherwise}"));
    }
}
