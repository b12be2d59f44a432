using System.Globalization;
using System.Numerics;
using System.Text;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>
/// One entry of an archive, as a reader understands it that shares nothing with the engine: bytes, ustar's fields, and the PAX records that
/// override them.
/// </summary>
internal sealed record ArchiveEntry
{
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

    /// <summary>The PAX records, in their order. Text here is Latin-1: a character a byte.</summary>
    public required IReadOnlyList<(string Key, string Value)> Records { get; init; }

    public required byte[] Content { get; init; }

    public string? Record(string key) => Records.Where(r => r.Key == key).Select(static r => r.Value).LastOrDefault();

    public static List<ArchiveEntry> Parse(byte[] tar)
    {
        Assert.Equal(0, tar.Length % 10240);
        List<ArchiveEntry> entries = [];
        List<(string, string)> records = [];
        int at = 0;
        for (; tar[at] != 0; )
        {
            byte[] header = tar[at..(at + 512)];
            Assert.Equal("ustar\u000000", Text(header, 257, 8));
            Assert.Equal(Sum(header), Convert.ToInt32(Text(header, 148, 6), 8));
            long size = (long)Number(header.AsSpan(124, 12));
            byte[] content = [];
            char type = (char)header[156];
            if (type is '0' or 'x')
            {
                content = tar[(at + 512)..(int)(at + 512 + size)];
                at += 512 + (int)((size + 511) / 512 * 512);
            }
            else
            {
                Assert.Equal(0, size);
                at += 512;
            }
            if (type == 'x')
            {
                Assert.Equal("././@PaxHeader", UpToNul(header, 0, 100));
                Assert.Empty(records);
                records = RecordsOf(content);
                continue;
            }
            entries.Add(Of(header, type, content, records));
            records = [];
        }
        Assert.True(tar.Length - at >= 1024);
        Assert.All(tar[at..], static b => Assert.Equal(0, b));
        return entries;
    }

    private static ArchiveEntry Of(byte[] header, char type, byte[] content, List<(string Key, string Value)> records)
    {
        string? Record(string key) => records.Where(r => r.Key == key).Select(static r => r.Value).LastOrDefault();
        string prefix = UpToNul(header, 345, 155);
        string name = UpToNul(header, 0, 100);
        return new ArchiveEntry
        {
            Name = Record("path") ?? (prefix.Length == 0 ? name : prefix + "/" + name),
            Type = type,
            Mode = (int)Number(header.AsSpan(100, 8)),
            Uid = Record("uid") is { } uid ? BigInteger.Parse(uid, CultureInfo.InvariantCulture) : Number(header.AsSpan(108, 8)),
            Gid = Record("gid") is { } gid ? BigInteger.Parse(gid, CultureInfo.InvariantCulture) : Number(header.AsSpan(116, 8)),
            Size = content.Length,
            Mtime = Record("mtime") is { } mtime ? decimal.Parse(mtime, CultureInfo.InvariantCulture) : (decimal)Number(header.AsSpan(136, 12)),
            Link = Record("linkpath") ?? UpToNul(header, 157, 100),
            Device = ((int)Number(header.AsSpan(329, 8)), (int)Number(header.AsSpan(337, 8))),
            Header = header,
            Records = records,
            Content = content,
        };
    }

    private static List<(string Key, string Value)> RecordsOf(byte[] content)
    {
        List<(string, string)> records = [];
        string text = Encoding.Latin1.GetString(content);
        for (int at = 0; at < text.Length;)
        {
            int space = text.IndexOf(' ', at);
            int length = int.Parse(text[at..space], CultureInfo.InvariantCulture);
            string record = text[(space + 1)..(at + length)];
            Assert.Equal('\n', record[^1]);
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

    private static int Sum(byte[] header) => header.Select(static (b, i) => i is >= 148 and < 156 ? 32 : b).Sum();

    private static string Text(byte[] header, int offset, int length) => Encoding.Latin1.GetString(header, offset, length);

    private static string UpToNul(byte[] header, int offset, int length) => Text(header, offset, length).Split('\0')[0];
}
