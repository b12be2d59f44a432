using System.Text;
using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

public sealed class MtreeTests
{
    [Fact]
    public void Each_kind_has_one_line_with_its_keywords_in_one_order()
    {
        TreeBuilder builder = new();
        Inode busybox = new() { Kind = EntryKind.File, Mode = (Octal)"4755", Mtime = new(1, 5), Size = 7, Xattrs = [new("security.capability"u8.ToArray(), [1, 0, 0, 2]), new("user.a=b"u8.ToArray(), [])] };
        builder.Add("dev", TreeBuilder.Directory());
        builder.Add("dev/sda", new Inode { Kind = EntryKind.BlockDevice, Mode = (Octal)"0660", Gid = 6, DeviceMajor = 8, DeviceMinor = 256 });
        builder.Add("dev/null", new Inode { Kind = EntryKind.CharacterDevice, Mode = (Octal)"0666", DeviceMajor = 1, DeviceMinor = 3 });
        builder.Add("dev/pipe", new Inode { Kind = EntryKind.Fifo, Mode = 0 });
        builder.Add("bin", TreeBuilder.Directory("1777"));
        builder.Add("bin/sh", busybox);
        builder.Add("bin/ls", busybox);
        builder.Add("lib", new Inode { Kind = EntryKind.Symlink, Mode = (Octal)"0777", Uid = 4294967294, SymlinkTarget = "usr/my lib"u8.ToArray(), Mtime = new(-1, 500_000_000) });

        Assert.Equal(
            """
            #mtree
            # Oci.Rootfs mtree, format 1
            . type=dir mode=0755 uid=0 gid=0 time=0.000000000
            ./bin type=dir mode=1777 uid=0 gid=0 time=0.000000000
            ./bin/ls type=file mode=4755 uid=0 gid=0 time=1.000000005 size=7 nlink=2 inode=3 xattr.security.capability=AQAAAg== xattr.user.a\075b=
            ./bin/sh type=file mode=4755 uid=0 gid=0 time=1.000000005 size=7 nlink=2 inode=3 xattr.security.capability=AQAAAg== xattr.user.a\075b=
            ./dev type=dir mode=0755 uid=0 gid=0 time=0.000000000
            ./dev/null type=char mode=0666 uid=0 gid=0 time=0.000000000 device=linux,1,3
            ./dev/pipe type=fifo mode=0000 uid=0 gid=0 time=0.000000000
            ./dev/sda type=block mode=0660 uid=0 gid=6 time=0.000000000 device=native,8,256
            ./lib type=link mode=0777 uid=4294967294 gid=0 time=-1.500000000 link=usr/my\040lib

            """,
            Encoding.ASCII.GetString(builder.Record()));
    }

    [Fact]
    public void Whatever_a_tree_holds_comes_back_from_its_record()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            TreeBuilder builder = TreeBuilder.Random(seed, 1 + (seed * 3));
            AssertSame(builder.Tree, MtreeParser.Parse(builder.Record()), seed);
        }
    }

    [Fact]
    public void Every_byte_that_a_name_or_a_link_can_have_is_escaped_reversibly_rule_46()
    {
        byte[] all = [.. Enumerable.Range(1, 255).Select(static b => (byte)b).Where(static b => b != '/')];
        TreeBuilder builder = new();
        builder.Add(PathTable.Root, all, new Inode { Kind = EntryKind.Symlink, SymlinkTarget = all });
        foreach (byte b in all)
        {
            if (b != '.')
                builder.Add(PathTable.Root, [b], new Inode { Kind = EntryKind.Fifo });
        }
        byte[] record = builder.Record();

        AssertSame(builder.Tree, MtreeParser.Parse(record), 0);
        Assert.All(record, static b => Assert.True(b is >= 0x20 and < 0x7f or (byte)'\n'));
    }

    [Fact]
    public void The_order_of_making_does_not_show()
    {
        TreeBuilder forth = new(), back = new();
        string[] names = ["b", "a", "a.b", "B", "a/", "c"];
        foreach (string name in names)
            forth.Add(PathTable.Root, Encoding.UTF8.GetBytes(name.Replace('/', '0')), TreeBuilder.Directory());
        foreach (string name in names.Reverse())
            back.Add(PathTable.Root, Encoding.UTF8.GetBytes(name.Replace('/', '0')), TreeBuilder.Directory());

        Assert.Equal(forth.Record(), back.Record());
        Assert.Equal([".", "./B", "./a", "./a.b", "./a0", "./b", "./c"], MtreeParser.Parse(forth.Record()).Select(static l => Encoding.UTF8.GetString(l.Path)));
    }

    [Fact]
    public void What_is_no_longer_in_the_tree_is_not_in_the_record()
    {
        TreeBuilder builder = new();
        Inode file = new() { Kind = EntryKind.File };
        int gone = builder.Add("gone", file);
        builder.Add("kept", file);
        builder.Tree.Clear(gone);

        RecordLine line = Assert.Single(MtreeParser.Parse(builder.Record())[1..]);

        Assert.Equal("./kept"u8.ToArray(), line.Path);
        Assert.Equal((1, 0), (line.Links, line.InodeNumber));
    }

    [Fact]
    public void A_path_deeper_than_a_stack_is_recorded()
    {
        TreeBuilder builder = new();
        int path = PathTable.Root;
        for (int depth = 0; depth < 4096; depth++)
            path = builder.Add(path, "dd"u8, TreeBuilder.Directory());

        RecordLine last = MtreeParser.Parse(builder.Record())[^1];

        Assert.Equal("." + string.Concat(Enumerable.Repeat("/dd", 4096)), Encoding.ASCII.GetString(last.Path));
    }

    [Fact]
    public void A_record_that_repeats_a_long_path_without_end_is_refused_OCI6002()
    {
        TreeBuilder builder = new();
        int directory = PathTable.Root;
        for (int depth = 0; depth < 20; depth++)
            directory = builder.Add(directory, Encoding.ASCII.GetBytes(new string(' ', 250)), TreeBuilder.Directory());
        for (int i = 0; i < 1000; i++)
            builder.Add(directory, Encoding.ASCII.GetBytes($"f{i}"), new Inode { Kind = EntryKind.File });
        long size = builder.Record().Length;

        Assert.Equal(size, builder.Record(maxBytes: size).Length);
        OciException error = Assert.Throws<OciException>(() => builder.Record(maxBytes: size - 1));
        Assert.Equal("OCI6002", error.Code);
        Assert.Contains("MaxMtreeBytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_costs_no_memory_of_its_own()
    {
        const int Files = 100_000;
        TreeBuilder builder = new();
        int directory = builder.Add(PathTable.Root, new byte[] { 0xff }, TreeBuilder.Directory());
        for (int i = 0; i < Files; i++)
            builder.Add(directory, Encoding.ASCII.GetBytes($"file {i}"), new Inode { Kind = EntryKind.File, Mtime = new FileTime(i, i) });

        long before = GC.GetAllocatedBytesForCurrentThread();
        Mtree.Write(builder.Tree, Stream.Null, new EngineContext());

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Files, 0, 40);
    }

    private static void AssertSame(RootfsTree tree, List<RecordLine> lines, int seed)
    {
        List<int> places = [.. tree.InOrder()];
        Assert.Equal(places.Count, lines.Count);
        Dictionary<int, Inode> numbers = [];
        foreach ((int place, RecordLine line) in places.Zip(lines))
        {
            Inode inode = tree[place]!;
            string path = $"seed {seed}, {SafeText.Show(line.Path)}";
            Assert.True(line.Path.AsSpan().SequenceEqual(place == PathTable.Root ? "."u8.ToArray() : [.. "./"u8, .. tree.Paths.Bytes(place)]), path);
            Assert.True((inode.Kind, inode.Mode, inode.Uid, inode.Gid, inode.Mtime, inode.Size) == (line.Kind, line.Mode, line.Uid, line.Gid, line.Mtime, line.Size), path);
            Assert.True((inode.DeviceMajor, inode.DeviceMinor, inode.Links) == (line.DeviceMajor, line.DeviceMinor, line.Links), path);
            Assert.True(inode.SymlinkTarget.AsSpan().SequenceEqual(line.SymlinkTarget), path);
            Assert.True(inode.Xattrs.Select(Text).SequenceEqual(line.Xattrs.Select(Text)), path);
            Assert.Equal(inode.Links > 1, line.InodeNumber != 0);
            if (inode.Links > 1 && !numbers.TryAdd(line.InodeNumber, inode))
                Assert.Same(inode, numbers[line.InodeNumber]);
        }
        Assert.Equal(numbers.Count, numbers.Values.Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.All(numbers, n => Assert.Same(n.Value, tree[places[n.Key - 1]]));

        static string Text(Xattr xattr) => Convert.ToHexString(xattr.Name) + "=" + Convert.ToHexString(xattr.Value);
    }
}
