using System.Text;
using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>Merged trees made by hand or by chance, and their record.</summary>
internal sealed class TreeBuilder
{
    private readonly PathTable _paths = new();

    public TreeBuilder(Inode? root = null) => Tree = new RootfsTree(_paths, root ?? Directory(), new EngineContext());

    public RootfsTree Tree { get; }

    public static Inode Directory(Octal? mode = null) => new() { Kind = EntryKind.Directory, Mode = mode ?? "0755" };

    public int Add(string path, Inode inode)
    {
        string[] names = path.Split('/');
        int parent = PathTable.Root;
        foreach (string name in names[..^1])
            parent = _paths.Find(parent, Encoding.UTF8.GetBytes(name));
        return Add(parent, Encoding.UTF8.GetBytes(names[^1]), inode);
    }

    public int Add(int parent, ReadOnlySpan<byte> name, Inode inode)
    {
        int path = _paths.GetOrAdd(parent, name);
        Tree.Set(path, inode);
        return path;
    }

    public byte[] Record(long maxBytes = long.MaxValue)
    {
        using MemoryStream output = new();
        Mtree.Write(Tree, output, new EngineContext(new RootfsLimits { MaxMtreeBytes = maxBytes }, RootfsLog.None));
        return output.ToArray();
    }

    public static TreeBuilder Random(int seed, int nodes, bool xattrs = true)
    {
        Random random = new(seed);
        TreeBuilder builder = new(RandomInode(random, EntryKind.Directory, xattrs));
        List<int> directories = [PathTable.Root];
        List<Inode> others = [];
        for (int i = 0; i < nodes; i++)
        {
            int parent = directories[random.Next(directories.Count)];
            byte[] name = RandomBytes(random, 1 + random.Next(random.Next(20) == 0 ? 255 : 6), noSlash: true);
            if (builder._paths.Find(parent, name) != PathTable.None || name is [(byte)'.'] or [(byte)'.', (byte)'.'])
                continue;
            Inode inode = others.Count > 0 && random.Next(4) == 0 ? others[random.Next(others.Count)] : RandomInode(random, (EntryKind)random.Next(6), xattrs);
            int path = builder.Add(parent, name, inode);
            if (inode.Kind == EntryKind.Directory)
                directories.Add(path);
            else
                others.Add(inode);
        }
        return builder;
    }

    private static Inode RandomInode(Random random, EntryKind kind, bool xattrs) => new()
    {
        Kind = kind,
        Mode = (uint)random.Next(0x1000),
        Uid = (uint)random.NextInt64(random.Next(2) == 0 ? 3 : uint.MaxValue),
        Gid = (uint)random.NextInt64(random.Next(2) == 0 ? 3 : uint.MaxValue),
        Mtime = new FileTime(random.NextInt64(-20_000_000_000, 20_000_000_000), random.Next(3) == 0 ? 0 : random.Next(1_000_000_000)),
        Size = kind == EntryKind.File ? random.NextInt64(random.Next(2) == 0 ? 10 : long.MaxValue) : 0,
        SymlinkTarget = kind == EntryKind.Symlink ? RandomBytes(random, 1 + random.Next(30), noSlash: false) : [],
        DeviceMajor = kind is EntryKind.CharacterDevice or EntryKind.BlockDevice ? (uint)random.Next(random.Next(2) == 0 ? 256 : 4096) : 0,
        DeviceMinor = kind is EntryKind.CharacterDevice or EntryKind.BlockDevice ? (uint)random.Next(random.Next(2) == 0 ? 256 : 1 << 20) : 0,
        Xattrs = xattrs && random.Next(4) == 0
            ? [new([.. "security."u8, .. RandomBytes(random, 9, noSlash: false)], RandomBytes(random, random.Next(5000), noSlash: false)), new("user.empty"u8.ToArray(), [])]
            : [],
    };

    private static byte[] RandomBytes(Random random, int length, bool noSlash)
    {
        ReadOnlySpan<byte> nasty = " \n\t\\#=*?[]./'\"%\xff"u8;
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = random.Next(3) == 0 ? nasty[random.Next(nasty.Length)] : (byte)random.Next(1, 256);
            if (bytes[i] == '/' && noSlash)
                bytes[i] = (byte)'x';
        }
        return bytes;
    }
}
