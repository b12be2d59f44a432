using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;
using SystemTar = System.Formats.Tar;

namespace Oci.Rootfs.Benchmarks.Parts;

/// <summary>
/// Input for the benchmarks, similar to Debian's: 16 files a directory, and a link here and there. Another tar writer than ours makes it.
/// </summary>
internal static class Samples
{
    public const int FilesInDirectory = 16;

    public static byte[] Tar(SystemTar.TarEntryFormat format, int files, int contentBytes)
    {
        using MemoryStream stream = new();
        using (SystemTar.TarWriter writer = new(stream, format, leaveOpen: true))
        {
            byte[] content = new byte[contentBytes];
            for (int file = 0; file < files; file++)
            {
                SystemTar.TarEntry entry = New(format, file % FilesInDirectory == 1, Name(file));
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                if (entry.EntryType == SystemTar.TarEntryType.SymbolicLink)
                    entry.LinkName = "../lib/some-target.so.1";
                else
                    entry.DataStream = new MemoryStream(content);
                writer.WriteEntry(entry);
            }
        }
        return stream.ToArray();
    }

    public static LayerTable Table(byte[] tar, PathTable paths, TreeLimits limits)
    {
        LayerTableBuilder builder = new(paths, limits, RootfsLog.None, 0, "1 of 1");
        TarReader reader = new(new StreamTarInput(new MemoryStream(tar)), new EngineContext());
        while (reader.Read() is { } entry)
            builder.Add(entry);
        return builder.Table;
    }

    private static string Name(int file) => $"usr/share/directory-{file / FilesInDirectory}/file-number-{file}";

    private static SystemTar.TarEntry New(SystemTar.TarEntryFormat format, bool isLink, string name)
    {
        SystemTar.TarEntryType type = isLink ? SystemTar.TarEntryType.SymbolicLink : SystemTar.TarEntryType.RegularFile;
        return format == SystemTar.TarEntryFormat.Ustar
            ? new SystemTar.UstarTarEntry(type, name)
            : new SystemTar.PaxTarEntry(type, name, [new("SCHILY.xattr.user.origin", "benchmark"), new("mtime", "1700000000.123456789")]);
    }
}
