using System.Buffers.Binary;
using Oci.Images;
using static Oci.Images.Tars;
using Files = System.IO.File;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// The image of tests/archive-consumers: a small tree that a container could run on, with every kind of node, and every kind of metadata
/// that some consumer of archives is known to lose.
/// </summary>
internal static class HardTree
{
    private const long Time = 1_700_000_000;

    /// <summary>libcap's CAP_NET_RAW, permitted and effective; and the owner of the user namespace where version 3 counts.</summary>
    private const uint NetRaw = 1 << 13, Namespace = 100_000;

    private const uint Nobody = uint.MaxValue;

    /// <param name="directory">The layout to write.</param>
    /// <param name="unprivileged">Leaves out ids beyond 65535, which no unprivileged container has.</param>
    /// <param name="programs">Files of this machine that the tree has at their own paths: a shell and its libraries.</param>
    public static void Write(string directory, bool unprivileged, params string[] programs) => Image.Of(
        ImageLayer.Plain(Of([.. System(), .. programs.Distinct().SelectMany(Program)])),
        ImageLayer.Gzip(Of(((TarItem[])[.. Nodes(), .. Owners(), .. Modes(), .. Times()]).Where(item => !unprivileged || item.Uid < 65_536))),
        ImageLayer.Gzip(Of([.. Names(), .. Links(), .. Attributes(), .. Holes()])))
        .For("linux/amd64").Tagged("hard").SaveDirectory(directory);

    private static IEnumerable<TarItem> System() =>
    [
        Dir("./", "0755", mtime: Time) with { Nanoseconds = 123_456_789 },
        .. new[] { "bin", "etc", "lib64", "usr", "usr/bin", "var", "run" }.Select(static name => Dir(name, "0755", mtime: Time)),
        Dir("dev", "0755", mtime: Time), CharDevice("dev/null", 1, 3, "0666") with { Mtime = Time }, CharDevice("dev/console", 5, 1, "0600") with { Gid = 5, Mtime = Time },
        Dir("proc", "0555", mtime: Time), Dir("sys", "0555", mtime: Time), Dir("root", "0700", mtime: Time), Dir("tmp", "1777", mtime: Time), Dir("srv", "0755", 1000, 1000, Time),
        Text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/srv:/bin/sh\n"), Text("etc/group", "root:x:0:\napp:x:1000:\n"),
        Text("etc/shadow", "root:*:1::::::\n") with { Mode = "0640", Gid = 42 }, Text("etc/os-release", "ID=debian\nNAME=hard\nVERSION_ID=12\n"),
    ];

    private static IEnumerable<TarItem> Program(string path)
    {
        yield return File(path.TrimStart('/'), Files.ReadAllBytes(path), "0755", mtime: Time);
        if (Path.GetFileName(path) == "busybox")
        {
            foreach (string applet in new[] { "sh", "cat", "id", "stat" })
                yield return Symlink("bin/" + applet, "busybox", mtime: Time);
        }
    }

    private static IEnumerable<TarItem> Nodes() =>
    [
        Folder("kinds"), Fifo("kinds/fifo", "0622") with { Mtime = Time }, BlockDevice("kinds/block", 7, 0, "0660") with { Gid = 6, Mtime = Time },
        CharDevice("kinds/large-numbers", 300, 70_000, "0600") with { Mtime = Time }, Text("kinds/empty", ""), Folder("kinds/empty-directory"),
        Symlink("kinds/absolute", "/etc/passwd", mtime: Time), Symlink("kinds/relative", "../etc/passwd", 1000, 1000, Time) with { Nanoseconds = 5 },
        Symlink("kinds/dangling", "nowhere", mtime: Time),
    ];

    private static IEnumerable<TarItem> Owners() =>
        [Folder("owners"), .. new[] { 1L, 65_534, 65_536, 100_000, 2_097_151, 2_097_152, 4_294_967_294 }.Select(static id => Text($"owners/{id}", "x") with { Uid = id, Gid = id })];

    private static IEnumerable<TarItem> Modes() =>
    [
        Folder("modes"), .. new[] { "0000", "0444", "0755", "4755", "2755", "6711", "1644" }.Select(static mode => Text("modes/f" + mode, "x") with { Mode = mode }),
        .. new[] { "0555", "0700", "1777", "2775" }.Select(static mode => Folder("modes/d" + mode) with { Mode = mode, Uid = 1000, Gid = 50 }),
        Text("modes/d0555/in", "x"), Text("modes/d2775/in", "x") with { Gid = 7 },
    ];

    private static IEnumerable<TarItem> Times() =>
    [
        Folder("times"), Text("times/0", "x") with { Mtime = 0 }, Text("times/2039", "x") with { Mtime = 2_180_000_000 }, Text("times/2300", "x") with { Mtime = 10_413_792_000 },
        Text("times/1969", "x") with { Mtime = -86_400 }, Text("times/1969-and-a-half", "x") with { Mtime = -2, Nanoseconds = 500_000_000 },
        Text("times/nanosecond", "x") with { Nanoseconds = 1 }, Folder("times/directory") with { Nanoseconds = 999_999_999 },
    ];

    private static IEnumerable<TarItem> Names()
    {
        string deep = "names/" + new string('d', 150);
        return
        [
            Folder("names"), Text("names/ spaces ", "x"), Text("names/-rf", "x"), Text("names/back\\slash", "x"), Text("names/new\nline", "x"), Text("names/*?[a]", "x"), Text("names/\u00e9\u4e2d", "x"),
            Text("names/e\u0301", "x"), Text((byte[])[.. "names/"u8, 0xff, 0xfe], "x"), Text((byte[])[.. "names/"u8, 0xff, .. new byte[150].Select(static _ => (byte)'L')], "x"),
            Text("names/" + new string('c', 100), "x"), Text("names/" + new string('n', 255), "x"), Folder(deep), Text(deep + "/" + new string('e', 90), "x"), Text(deep + "/" + new string('f', 120), "x"),
            Text(deep + "/" + new string('\u00e9', 70), "x"),
        ];
    }

    private static IEnumerable<TarItem> Links() =>
    [
        Folder("links"), Text("links/b", "linked") with { Mode = "0640", Uid = 1000, Xattrs = [Xattr("user.h", "1")] }, Hardlink("links/a", "links/b", "0640", 1000, mtime: Time),
        Hardlink("names/other-name", "names/" + new string('n', 255), mtime: Time), Symlink("links/symlink", "../etc/passwd", mtime: Time), Hardlink("links/symlink-2", "links/symlink", "0777", mtime: Time),
        Symlink("links/long-target", new string('t', 150), mtime: Time), Symlink("links/other-bytes", (byte[])[0xff, 0xfe], mtime: Time), Hardlink("links/fifo", "kinds/fifo", "0622", mtime: Time),
    ];

    private static IEnumerable<TarItem> Attributes() =>
    [
        Folder("attributes"), With("attributes/binary", Xattr("user.b", new byte[] { 0, 10, 61, 255, 0 }), Xattr("user.a", "1")), With("attributes/empty", Xattr("user.e", "")),
        With("attributes/names", Xattr("user.sp ace", "1"), Xattr("user.eq=ual", "2", TarXattrForm.Libarchive), Xattr("user.per%41", "3", TarXattrForm.Libarchive), Xattr("user.\u00e9", "4")),
        Folder("attributes/directory") with { Xattrs = [Xattr("user.d", "v")] }, With("attributes/trusted", Xattr("trusted.t", "v")), With("attributes/security", Xattr("security.oci", "v")),
        With("attributes/capability", Xattr("security.capability", Words(0x02000001, NetRaw, 0, 0, 0))) with { Mode = "0755" },
        With("attributes/capability-3", Xattr("security.capability", Words(0x03000001, NetRaw, 0, 0, 0, Namespace))) with { Mode = "0755" },
        With("attributes/acl", Xattr("system.posix_acl_access", Acl((1, 7, Nobody), (2, 6, 1001), (4, 5, Nobody), (16, 7, Nobody), (32, 5, Nobody)))) with { Mode = "0775" },
        Folder("attributes/default-acl") with { Xattrs = [Xattr("system.posix_acl_default", Acl((1, 7, Nobody), (4, 5, Nobody), (32, 5, Nobody)))] },
    ];

    private static IEnumerable<TarItem> Holes() =>
    [
        Folder("holes"), Sparse("holes/data", TarSparseForm.Pax10, 8 << 20, (3 << 12, "begin"), (1 << 22, "middle")) with { Mtime = Time },
        Sparse("holes/only", TarSparseForm.Pax10, 4 << 20) with { Mtime = Time },
    ];

    private static TarItem Folder(TarText path) => Dir(path, "0755", mtime: Time);

    private static TarItem Text(TarText path, string content) => File(path, content, "0644", mtime: Time);

    private static TarItem With(string path, params TarXattr[] xattrs) => Text(path, "x") with { Xattrs = xattrs };

    private static byte[] Acl(params (ushort Tag, ushort Permissions, uint Id)[] entries) =>
        [2, 0, 0, 0, .. entries.SelectMany(static e => (byte[])[.. BitConverter.GetBytes(e.Tag), .. BitConverter.GetBytes(e.Permissions), .. BitConverter.GetBytes(e.Id)])];

    private static byte[] Words(params uint[] words)
    {
        byte[] bytes = new byte[words.Length * 4];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        return bytes;
    }
}
