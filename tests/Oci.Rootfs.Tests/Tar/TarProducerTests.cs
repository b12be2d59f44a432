using System.Formats.Tar;
using System.Text;
using ICSharpCode.SharpZipLib.Tar;
using Oci.Rootfs.Tar;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Oci.Rootfs.Tests;

/// <summary>Archives that others wrote.</summary>
public sealed class TarProducerTests
{
    private static readonly string LongName = string.Join('/', Enumerable.Repeat("directory", 15)) + "/n\u00e4me";

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void What_System_Formats_Tar_writes_is_read(TarEntryFormat format)
    {
        string name = format == TarEntryFormat.V7 ? "short" : LongName;
        string linkName = format is TarEntryFormat.V7 or TarEntryFormat.Ustar ? "short" : LongName;
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        MemoryStream archive = new();
        using (TarWriter writer = new(archive, format, leaveOpen: true))
        {
            foreach (TarEntryType type in new[] { TarEntryType.Directory, format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile, TarEntryType.SymbolicLink, TarEntryType.HardLink })
            {
                TarEntry entry = Create(format, type, name + type);
                (entry.Mode, entry.Uid, entry.Gid, entry.ModificationTime) = ((UnixFileMode)0x1ed, 1000, 2_000_000, time);
                if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                    entry.LinkName = linkName;
                if (entry.EntryType is TarEntryType.V7RegularFile or TarEntryType.RegularFile)
                    entry.DataStream = new MemoryStream("content"u8.ToArray());
                writer.WriteEntry(entry);
            }
        }

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(archive.ToArray());

        Assert.Equal([EntryKind.Directory, EntryKind.File, EntryKind.Symlink, EntryKind.Hardlink], entries.Select(static e => e.Kind));
        Assert.All(entries, e => Assert.StartsWith(Latin1(name), e.Name, StringComparison.Ordinal));
        Assert.All(entries, static e => Assert.Equal((0x1edu, 1000u, 2_000_000u, new FileTime(1_700_000_000)), (e.Mode, e.Uid, e.Gid, e.Mtime)));
        Assert.Equal(("content", Latin1(linkName), Latin1(linkName)), (entries[1].Text, entries[2].LinkName, entries[3].LinkName));
    }

    [Fact]
    public void PAX_attributes_and_times_of_System_Formats_Tar_are_read()
    {
        Dictionary<string, string> records = new() { ["SCHILY.xattr.user.a"] = "text" };
        MemoryStream archive = new();
        using (TarWriter writer = new(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { ["comment"] = "global" }));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "a", records) { ModificationTime = DateTimeOffset.UnixEpoch.AddMilliseconds(-1500) });
        }

        TarSnapshot entry = TarSnapshot.Single(archive.ToArray());

        Assert.Equal(["user.a=text"], entry.Xattrs);
        Assert.Equal(new FileTime(-2, 500_000_000), entry.Mtime);
    }

    [Fact]
    public void What_SharpZipLib_writes_is_read()
    {
        MemoryStream archive = new();
        using (TarOutputStream writer = new(archive, Encoding.UTF8) { IsStreamOwner = false })
        {
            foreach (string name in new[] { "short", LongName })
            {
                ICSharpCode.SharpZipLib.Tar.TarEntry entry = ICSharpCode.SharpZipLib.Tar.TarEntry.CreateTarEntry(name);
                (entry.Size, entry.UserId, entry.GroupId, entry.ModTime) = (7, 1000, 100, DateTime.UnixEpoch.AddSeconds(1_700_000_000));
                entry.TarHeader.Mode = 0b110_100_100;
                writer.PutNextEntry(entry);
                writer.Write("content"u8);
                writer.CloseEntry();
            }
        }

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(archive.ToArray());

        Assert.Equal(["short", Latin1(LongName)], entries.Select(static e => e.Name));
        Assert.All(entries, static e => Assert.Equal(("content", 0x1a4u, 1000u, 100u, new FileTime(1_700_000_000)), (e.Text, e.Mode, e.Uid, e.Gid, e.Mtime)));
    }

    private static TarEntry Create(TarEntryFormat format, TarEntryType type, string name) => format switch
    {
        TarEntryFormat.V7 => new V7TarEntry(type, name),
        TarEntryFormat.Ustar => new UstarTarEntry(type, name),
        TarEntryFormat.Gnu => new GnuTarEntry(type, name),
        _ => new PaxTarEntry(type, name),
    };

    /// <summary>UTF-8 as the snapshots show bytes.</summary>
    private static string Latin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
