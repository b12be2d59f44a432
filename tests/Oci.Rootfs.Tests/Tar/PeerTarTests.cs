using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

/// <summary>
/// Archives of other projects' tests, read by us, GNU tar, libarchive and Python. Where one of them differs from us, <c>peer-tars.tsv</c>
/// says why: which archive, what we make of it, who differs, the reason.
/// </summary>
public sealed class PeerTarTests
{
    private const long MostBytesHashed = 16 << 20;

    private sealed record Row(string Ours, string[] Differing);

    private sealed record Reading(IReadOnlyList<string> Entries, IReadOnlyList<string> EntriesAsGnu, string? Code, bool Contents)
    {
        public string Outcome => Code ?? $"{Entries.Count} entries";
    }

    [Fact]
    public void Every_archive_is_read_as_other_tools_read_it_or_the_table_says_why_not()
    {
        string? root = PeerTars.Root;
        Assert.SkipWhen(root is null, "No peer data: set OCI_PEER_DATA to their directory.");
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("oci-peer-tars-");
        try
        {
            Dictionary<string, (string Name, Reading Ours)> archives = ReadOurs(root, scratch.FullName);
            Assert.NotEmpty(archives);
            ILookup<string, PeerReading>? theirs = PeerTools.Read(archives.Select(static a => (a.Key, a.Value.Ours.Contents)));
            Assert.SkipWhen(theirs is null, "There is no python3, through which the other tools are asked.");
            Dictionary<string, Row> table = ReadTable();
            string[] complaints = [.. archives.Select(a => Complaint(a.Value.Name, a.Value.Ours, [.. theirs[a.Key]], table.GetValueOrDefault(a.Value.Name))).OfType<string>()];
            Assert.True(complaints.Length == 0, string.Join("\n\n", complaints));
            Assert.Empty(table.Keys.Except(archives.Values.Select(static a => a.Name)));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Otherwise our words for tars and our reader could share a mistake.</summary>
    [Theory]
    [InlineData(TarFormat.V7)]
    [InlineData(TarFormat.Ustar)]
    [InlineData(TarFormat.Gnu)]
    [InlineData(TarFormat.Pax)]
    public void What_Tars_writes_is_read_by_other_tools_as_by_us(TarFormat format)
    {
        bool has = format is TarFormat.Gnu or TarFormat.Pax;
        string longName = new string('d', 90) + "/" + new string('n', has ? 300 : 5);
        TarItem[] items =
        [
            Tars.Dir("d", mode: "01777", uid: 1, gid: 2, mtime: 3), Tars.File(longName, TarContent.Generated(100_000), mode: "04750", uid: has ? 4_000_000_000 : 7, mtime: has ? -3 : 3),
            Tars.Symlink("d/s", "../t"), Tars.Hardlink("d/h", longName), Tars.Fifo("d/p"), Tars.Whiteout("d/w"), Tars.Opaque("d"),
        ];
        IEnumerable<TarItem> devices = format == TarFormat.V7 ? [] : [Tars.CharDevice("c", 1, 3), Tars.BlockDevice("b", 259, 70000)];
        IEnumerable<TarItem> sparse = Enum.GetValues<TarSparseForm>().Where(f => format == (f == TarSparseForm.OldGnu ? TarFormat.Gnu : TarFormat.Pax))
            .Select(static f => Tars.Sparse($"sparse{f}", f, 100_000, [.. Enumerable.Range(0, 30).Select(static i => (i * 3072L, TarContent.Generated(512, i)))]));
        // Not a fraction before 1970: of "-1.5" GNU tar 1.34 lists, and libarchive 3.6 makes, half a second before the epoch.
        IEnumerable<TarItem> xattrs = format != TarFormat.Pax ? [] :
        [
            Tars.File("x", mtime: 2) with { Nanoseconds = 500_000_000, Xattrs = [Tars.Xattr("user.a", "b\0\n"), Tars.Xattr("user.c", "d", TarXattrForm.Libarchive)] },
        ];
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Tars.Of(items.Concat(devices).Concat(sparse).Concat(xattrs).Select(i => i with { Format = format })));
            ILookup<string, PeerReading>? theirs = PeerTools.Read([(path, true)]);
            Assert.SkipWhen(theirs is null, "There is no python3, through which the other tools are asked.");
            Assert.NotEmpty(theirs);
            string? complaint = Complaint(format.ToString(), ReadOurs(File.ReadAllBytes(path)), [.. theirs[path]], null);
            Assert.True(complaint is null, complaint);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>By the path at which the other tools find the archive.</summary>
    private static Dictionary<string, (string Name, Reading Ours)> ReadOurs(string root, string scratch)
    {
        Dictionary<string, (string, Reading)> archives = [];
        foreach ((string name, byte[] archive) in PeerTars.All(root))
        {
            string path = Path.Combine(scratch, archives.Count.ToString("D4", CultureInfo.InvariantCulture) + ".tar");
            File.WriteAllBytes(path, archive);
            archives.Add(path, (name, ReadOurs(archive)));
        }
        return archives;
    }

    private static Reading ReadOurs(byte[] archive)
    {
        bool contents = LargestFile(archive) <= MostBytesHashed;
        List<string> entries = [];
        List<string> asGnu = [];
        string? code = null;
        TarReader reader = new(new StreamTarInput(new MemoryStream(archive)), new EngineContext());
        try
        {
            while (reader.Read() is { } entry)
            {
                string text = Line(entry);
                string digest = contents && entry.Kind == EntryKind.File ? " " + Digest(reader, entry.Size) : "";
                string xattrs = string.Concat(entry.Xattrs.Select(static x => $" [{Shown(x.Name)}={Shown(x.Value)}]"));
                entries.Add(text + digest + xattrs);
                asGnu.Add(text);
            }
        }
        catch (OciException error)
        {
            code = error.Code;
        }
        return new Reading(entries, asGnu, code, contents);
    }

    private static long LargestFile(byte[] archive)
    {
        long largest = 0;
        TarReader reader = new(new StreamTarInput(new MemoryStream(archive)), new EngineContext());
        try
        {
            while (reader.Read() is { } entry)
                largest = Math.Max(largest, entry.Size);
        }
        catch (OciException)
        {
            // The other reading reports it.
        }
        return largest;
    }

    private static string? Complaint(string name, Reading ours, PeerReading[] theirs, Row? row)
    {
        string[] differing = [.. theirs.Where(t => !Same(ours, t)).Select(static t => t.Tool)];
        string[] expected = row is null ? [] : [.. row.Differing.Intersect(theirs.Select(static t => t.Tool))];
        // "python?": some of its versions differ.
        string[] allowed = [.. expected, .. row?.Differing.Where(static d => d.EndsWith('?')).Select(static d => d[..^1]) ?? []];
        if (!expected.Except(differing).Any() && !differing.Except(allowed).Any() && (row is null || row.Ours == ours.Outcome))
            return null;
        string readings = string.Concat(theirs.Where(t => differing.Contains(t.Tool)).Select(static t => "\n    " + t));
        return $"{name}\t{ours.Outcome}\t{string.Join(',', differing)}\t(the table has {row?.Ours}, {string.Join(',', expected)})"
            + $"\n    ours: {ours.Code}{string.Concat(ours.Entries.Select(static e => "\n      " + e))}{readings}";
    }

    private static bool Same(Reading ours, PeerReading theirs)
        => ours.Code is not null ? theirs.Error is not null
            : theirs.Error is null && (theirs.Tool == "gnu" ? ours.EntriesAsGnu : ours.Entries).SequenceEqual(theirs.Entries);

    private static Dictionary<string, Row> ReadTable()
        => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Tar", "peer-tars.tsv")).Skip(1).Select(static line => line.Split('\t'))
            .ToDictionary(static cells => cells[0], static cells => cells[3].Length > 0 ? new Row(cells[1], cells[2].Split(',')) : throw new InvalidDataException(cells[0]));

    private static string Line(TarEntry entry)
    {
        string kind = entry.Kind switch
        {
            EntryKind.CharacterDevice => "chardev",
            EntryKind.BlockDevice => "blockdev",
            EntryKind.Directory => "dir",
            _ => entry.Kind.ToString().ToLowerInvariant(),
        };
        ReadOnlySpan<byte> name = entry.Name.Span.TrimEnd((byte)'/');
        string text = $"{kind} {Convert.ToString(entry.Mode, 8).PadLeft(4, '0')} {entry.Uid}:{entry.Gid} {entry.Size} {entry.Mtime.Seconds}.{entry.Mtime.Nanoseconds:D9} {Shown(name.IsEmpty ? entry.Name.Span : name)}";
        if (entry.Kind is EntryKind.Symlink or EntryKind.Hardlink)
            text += $" -> {Shown(entry.LinkName.Span)}";
        if (entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice)
            text += $" {entry.DeviceMajor},{entry.DeviceMinor}";
        return text;
    }

    private static string Digest(TarReader reader, long size)
    {
        byte[] content = new byte[size];
        while (reader.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            data.CopyTo(content.AsSpan((int)offset));
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    private static string Shown(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        foreach (byte b in bytes)
        {
            if (b is >= 0x21 and <= 0x7e and not (byte)'%')
                text.Append((char)b);
            else
                text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }
}
