using System.Globalization;
using System.Text;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>One line of a record, as a reader of mtree(5) that knows nothing of the writer understands it.</summary>
internal sealed record RecordLine
{
    public required byte[] Path { get; init; }

    public required EntryKind Kind { get; init; }

    public required uint Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required FileTime Mtime { get; init; }

    public long Size { get; init; }

    public byte[] SymlinkTarget { get; init; } = [];

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    public int Links { get; init; } = 1;

    /// <summary>0 for a path that is not hardlinked.</summary>
    public int InodeNumber { get; init; }

    public IReadOnlyList<Xattr> Xattrs { get; init; } = [];
}

internal static class MtreeParser
{
    public static List<RecordLine> Parse(byte[] text)
    {
        string[] lines = Encoding.ASCII.GetString(text).Split('\n');
        Assert.Equal("#mtree", lines[0]);
        Assert.Equal("", lines[^1]);
        return [.. lines[1..^1].Where(static l => !l.StartsWith('#')).Select(Line)];
    }

    private static RecordLine Line(string line)
    {
        string[] words = line.Split(' ');
        Dictionary<string, string> keys = words[1..].Where(static w => !w.StartsWith("xattr.", StringComparison.Ordinal)).Select(static w => w.Split('=')).ToDictionary(static w => w[0], static w => w[1]);
        string[] time = keys["time"].Split('.');
        string[] device = keys.GetValueOrDefault("device", "linux,0,0").Split(',');
        Assert.Contains(device[0], (string[])["linux", "native"]);
        return new RecordLine
        {
            Path = Bytes(words[0]),
            Kind = keys["type"] switch
            {
                "file" => EntryKind.File,
                "dir" => EntryKind.Directory,
                "link" => EntryKind.Symlink,
                "char" => EntryKind.CharacterDevice,
                "block" => EntryKind.BlockDevice,
                "fifo" => EntryKind.Fifo,
                _ => throw new FormatException(line),
            },
            Mode = Convert.ToUInt32(keys["mode"], 8),
            Uid = uint.Parse(keys["uid"], CultureInfo.InvariantCulture),
            Gid = uint.Parse(keys["gid"], CultureInfo.InvariantCulture),
            Mtime = new FileTime(long.Parse(time[0], CultureInfo.InvariantCulture), int.Parse(time[1], CultureInfo.InvariantCulture)),
            Size = long.Parse(keys.GetValueOrDefault("size", "0"), CultureInfo.InvariantCulture),
            SymlinkTarget = Bytes(keys.GetValueOrDefault("link", "")),
            DeviceMajor = uint.Parse(device[1], CultureInfo.InvariantCulture),
            DeviceMinor = uint.Parse(device[2], CultureInfo.InvariantCulture),
            Links = int.Parse(keys.GetValueOrDefault("nlink", "1"), CultureInfo.InvariantCulture),
            InodeNumber = int.Parse(keys.GetValueOrDefault("inode", "0"), CultureInfo.InvariantCulture),
            Xattrs = [.. words.Where(static w => w.StartsWith("xattr.", StringComparison.Ordinal)).Select(Attribute)],
        };
    }

    private static Xattr Attribute(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return new Xattr(Bytes(word[6..equals]), Convert.FromBase64String(word[(equals + 1)..]));
    }

    private static byte[] Bytes(string escaped)
    {
        List<byte> bytes = [];
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] == '\\')
            {
                bytes.Add(Convert.ToByte(escaped.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
                bytes.Add((byte)escaped[i]);
        }
        return [.. bytes];
    }
}
