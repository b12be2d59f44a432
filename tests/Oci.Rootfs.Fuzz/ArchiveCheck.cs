using System.Globalization;
using System.Text;
using Oci.Images;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// Compares an archive of the tree, as <see cref="ArchiveEntry"/> reads it, with the tree's mtree file and with the contents on disk. Text
/// is Latin-1 here: a character a byte.
/// </summary>
internal sealed class ArchiveCheck(string mtree, TreeFiles tree)
{
    private const string Xattr = "SCHILY.xattr.", Acl = "SCHILY.acl.";

    /// <summary>The paths so far, in the archive's form; with those of hardlinks, by the record's number of the inode.</summary>
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _first = new(StringComparer.Ordinal);
    private string _last = "";

    /// <summary>The files whose contents could be compared with those on disk.</summary>
    public int Compared { get; private set; }

    /// <summary>The first difference; null for none.</summary>
    public string? Difference(byte[] archive)
    {
        List<ArchiveEntry> entries;
        try
        {
            entries = ArchiveEntry.Parse(archive);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or FormatException)
        {
            return e.ToString();
        }
        Dictionary<string, Dictionary<string, string>> recorded = File.ReadLines(mtree, Encoding.Latin1).Where(static l => l.StartsWith('.')).Select(Recorded)
            .ToDictionary(static line => line[""], StringComparer.Ordinal);
        foreach (ArchiveEntry entry in entries)
        {
            (string name, byte[] content) = entry.Expand();
            string path = name.TrimEnd('/');
            string? wrong = !recorded.Remove(path, out Dictionary<string, string>? line) ? "no such path is recorded"
                : WrongPlace(name) ?? WrongLink(entry, name, line) ?? WrongMetadata(entry, name, line) ?? WrongContent(entry, path, content, line);
            if (wrong is not null)
                return $"the archive's '{name}': {wrong}";
        }
        return recorded.Count == 0 ? null : $"the archive has no '{recorded.Keys.First()}'";
    }

    /// <summary>The keywords of a line, unescaped; the path has the name "".</summary>
    private static Dictionary<string, string> Recorded(string line)
    {
        Dictionary<string, string> words = new(StringComparer.Ordinal);
        foreach (string word in line.Split(' '))
        {
            int equals = words.Count == 0 ? -1 : word.IndexOf('=', StringComparison.Ordinal);
            bool isXattr = equals >= 0 && word.StartsWith("xattr.", StringComparison.Ordinal);
            string value = word[(equals + 1)..];
            words[equals < 0 ? "" : Unescape(word[..equals])] = isXattr ? Encoding.Latin1.GetString(Convert.FromBase64String(value)) : Unescape(value);
        }
        return words;
    }

    private static string Unescape(string text)
    {
        StringBuilder plain = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
                plain.Append(text[i]);
            else
                plain.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
            i += text[i] == '\\' ? 3 : 0;
        }
        return plain.ToString();
    }

    private string? WrongPlace(string name)
    {
        string? wrong = name != "./" && !_seen.Contains(name[..(name.TrimEnd('/').LastIndexOf('/') + 1)]) ? "its directory has no entry before it"
            : string.CompareOrdinal(_last.Replace('/', '\0'), name.Replace('/', '\0')) >= 0 ? $"it comes after '{_last}'"
            : null;
        _seen.Add(name);
        _last = name;
        return wrong;
    }

    /// <summary>The first path of an inode has the content. The others are hardlinks to it, except for symlinks.</summary>
    private string? WrongLink(ArchiveEntry entry, string name, Dictionary<string, string> line)
    {
        string? target = line.GetValueOrDefault("link");
        if (line.TryGetValue("inode", out string? inode) && line["type"] != "link" && !_first.TryAdd(inode, name))
        {
            target = _first[inode];
            if (entry.Type != '1')
                return $"it should be a hardlink to '{target}'";
        }
        else if (entry.Type != line["type"] switch { "file" => '0', "link" => '2', "char" => '3', "block" => '4', "dir" => '5', "fifo" => '6', _ => '?' })
        {
            return $"it has the type {entry.Type}";
        }
        return entry.Link == (target ?? "") ? null : $"it links to '{entry.Link}' and not to '{target}'";
    }

    private static string? WrongMetadata(ArchiveEntry entry, string name, Dictionary<string, string> line)
    {
        string[] time = line["time"].Split('.');
        decimal mtime = decimal.Parse(time[0], CultureInfo.InvariantCulture) + (decimal.Parse(time[1], CultureInfo.InvariantCulture) / 1_000_000_000);
        (int, int) device = line.TryGetValue("device", out string? numbers) && entry.Type != '1'
            ? (int.Parse(numbers.Split(',')[1], CultureInfo.InvariantCulture), int.Parse(numbers.Split(',')[2], CultureInfo.InvariantCulture))
            : (0, 0);
        return name.EndsWith('/') != (line["type"] == "dir") ? "its name ends like another type's"
            : Convert.ToString(entry.Mode, 8).PadLeft(4, '0') is var mode && mode != line["mode"] ? $"it has the mode {mode} and not {line["mode"]}"
            : $"{entry.Uid}:{entry.Gid}" is var owner && owner != $"{line["uid"]}:{line["gid"]}" ? $"it has the owner {owner} and not {line["uid"]}:{line["gid"]}"
            : entry.Mtime != mtime ? $"it has the time {entry.Mtime} and not {mtime}"
            : entry.Device != device ? $"it is the device {entry.Device} and not {device}"
            : WrongXattrs(entry, line);
    }

    private static string? WrongXattrs(ArchiveEntry entry, Dictionary<string, string> line)
    {
        var expected = line.Where(static word => word.Key.StartsWith("xattr.", StringComparison.Ordinal) && word.Key != "xattr.")
            .Select(static word => (Name: word.Key[6..], word.Value)).OrderBy(static x => x.Name, StringComparer.Ordinal).ToList();
        var found = entry.Records.Where(static r => r.Key.StartsWith(Xattr, StringComparison.Ordinal))
            .Select(static r => (Name: r.Key[Xattr.Length..].Replace("%3D", "=", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal), r.Value)).ToList();
        if (entry.Type == '1')
            return found.Count == 0 ? null : "it has attributes although it is a hardlink";
        return !found.SequenceEqual(expected) ? $"it has the attributes [{string.Join(", ", found)}] and not [{string.Join(", ", expected)}]"
            : entry.Records.FirstOrDefault(r => r.Key.StartsWith(Acl, StringComparison.Ordinal) && !line.ContainsKey("xattr.system.posix_acl_" + r.Key[Acl.Length..])).Key is { } acl ? $"it has {acl} without an ACL"
            : null;
    }

    private string? WrongContent(ArchiveEntry entry, string path, byte[] content, Dictionary<string, string> line)
    {
        if (line["type"] != "file")
            return null;
        if (entry.Type == '0' && content.Length.ToString(CultureInfo.InvariantCulture) != line["size"])
            return $"it has {content.Length} bytes and not {line["size"]}";
        if (entry.Type != '0' || tree.Read(path) is not { } onDisk)
            return null;
        Compared++;
        return onDisk.AsSpan().SequenceEqual(content) ? null : $"its content differs from that on disk from byte {onDisk.AsSpan().CommonPrefixLength(content)} on";
    }
}
