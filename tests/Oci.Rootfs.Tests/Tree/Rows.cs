using System.Text;
using Oci.Images;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>The small language in which tests write layers: one call an entry. Text is Latin-1, so that every byte can be written.</summary>
internal static class Rows
{
    public static TarEntry[] Layer(params TarEntry[] entries)
    {
        for (int i = 0; i < entries.Length; i++)
            entries[i].Ordinal = i;
        return entries;
    }

    public static TarEntry Dir(string name, Octal? mode = null) => New(EntryKind.Directory, name, mode: mode ?? "0755");

    public static TarEntry File(string name, Octal? mode = null) => New(EntryKind.File, name, mode: mode ?? "0644");

    public static TarEntry Symlink(string name, string target) => New(EntryKind.Symlink, name, target, mode: "0777");

    public static TarEntry Hardlink(string name, string target, Octal? mode = null) => New(EntryKind.Hardlink, name, target, mode ?? "0644");

    public static TarEntry Fifo(string name) => New(EntryKind.Fifo, name);

    public static TarEntry Device(string name, uint major, uint minor)
    {
        TarEntry entry = New(EntryKind.CharacterDevice, name);
        (entry.DeviceMajor, entry.DeviceMinor) = (major, minor);
        return entry;
    }

    /// <summary><c>d/x</c> becomes <c>d/.wh.x</c>.</summary>
    public static TarEntry Whiteout(string path) => File(path[..(path.LastIndexOf('/') + 1)] + ".wh." + path[(path.LastIndexOf('/') + 1)..]);

    public static TarEntry Opaque(string directory) => File(directory.Length == 0 ? ".wh..wh..opq" : directory + "/.wh..wh..opq");

    public static TarEntry With(this TarEntry entry, uint? uid = null, FileTime? mtime = null, params (string Name, string Value)[] xattrs)
    {
        entry.Uid = uid ?? entry.Uid;
        entry.Mtime = mtime ?? entry.Mtime;
        entry.Xattrs = [.. xattrs.Select(x => new Xattr(Bytes(x.Name), Bytes(x.Value)))];
        return entry;
    }

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static TarEntry New(EntryKind kind, string name, string target = "", Octal? mode = null) => new()
    {
        Kind = kind,
        Name = Bytes(name),
        LinkName = Bytes(target),
        Mode = mode ?? "0644",
        Mtime = new FileTime(1000),
        Size = kind == EntryKind.File ? 1 : 0,
    };
}
