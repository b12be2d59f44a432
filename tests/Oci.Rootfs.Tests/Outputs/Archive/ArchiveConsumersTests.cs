using System.Formats.Tar;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>What independent readers take out of an archive is the tree.</summary>
public sealed class ArchiveConsumersTests : IDisposable
{
    private readonly Scenario _s = new();

    private static readonly TarPart[] Layer =
    [
        Tars.Dir("./", "0711", 1, 2, 3), Tars.Dir("etc", "0750", 5, 6, 7), Tars.File("etc/passwd", "root:x:0:0::/root:/bin/sh\n", "0644", mtime: 1_700_000_000) with { Nanoseconds = 123_456_789 },
        Tars.Hardlink("etc/other", "etc/passwd"), Tars.Symlink("link", "etc/passwd", 9, 9, 1_600_000_000), Tars.Hardlink("link2", "link"),
        Tars.File("setuid", "x", "4755", 1, 1), Tars.File("large-ids", "x", "0600", 3_000_000, 4_000_000), Tars.File("old", "x", mtime: -86400), Tars.File("far", "x", mtime: 10_413_792_000),
        Tars.File(string.Concat(Enumerable.Repeat("long name ", 20)), "x"), Tars.File("d1/" + new string('a', 90) + "/" + new string('b', 90), "x"), Tars.File((byte[])[.. "bytes"u8, 0xe4, 0xff], "x"),
        Tars.File("xattrs", "x") with { Xattrs = [Tars.Xattr("user.a", "1"), Tars.Xattr("user.b=c", "2")] }, Tars.Sparse("sparse", TarSparseForm.Pax10, 1 << 20, (1 << 19, "x")),
        Tars.Fifo("fifo", "0600"), Tars.Dir("locked", "0555", mtime: 44), Tars.File("locked/f", "x", "0400", mtime: 55),
    ];

    public ArchiveConsumersTests() => _s.With(Tars.Of(Layer));

    public void Dispose() => _s.Dispose();

    [Fact]
    public void GNU_tar_makes_the_same_tree_as_an_extraction()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which sets owners");
        _s.With(Tars.Of([.. Layer, Tars.CharDevice("null", 1, 3, "0666"), Tars.BlockDevice("disk", 259, 70000, "0660")]));
        _s.Extract(r => r.AndArchives(_s["a.tar.gz"]));
        Directory.CreateDirectory(_s["by-tar"]);

        CommandResult tar = Command.Run("tar", "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "--warning=no-timestamp", "-xpf", _s["a.tar.gz"], "-C", _s["by-tar"]);

        Assert.Equal((0, ""), (tar.ExitCode, tar.Error));
        Assert.Equal(DiskTree.Of(_s.Rootfs), DiskTree.Of(_s["by-tar"]));
        Assert.Equal(DiskTree.Owners(_s.Rootfs), DiskTree.Owners(_s["by-tar"]));
        Assert.Equal(DiskTree.Times(_s.Rootfs), DiskTree.Times(_s["by-tar"]));
        // Two names of one symlink are two symlinks in an archive.
        Assert.Equal(DiskTree.LinkGroups(_s.Rootfs).Where(static group => group != "link link2"), DiskTree.LinkGroups(_s["by-tar"]));
        Assert.Equal(DiskTree.Xattrs(Path.Combine(_s.Rootfs, "xattrs")).Where(static x => !x.Contains('=', StringComparison.Ordinal) || x.StartsWith("user.a", StringComparison.Ordinal)),
            DiskTree.Xattrs(Path.Combine(_s["by-tar"], "xattrs")).Where(static x => !x.Contains("user.b", StringComparison.Ordinal)));
        Assert.Equal(0, Command.Run("diff", "-r", "--no-dereference", "-x", "fifo", "-x", "null", "-x", "disk", _s.Rootfs, _s["by-tar"]).ExitCode);
    }

    [Fact]
    public void The_framework_s_own_reader_finds_every_name_with_its_content()
    {
        _s.Extract(r => r.OnlyArchives(_s["a.tar"]));
        List<(string, TarEntryType, string)> entries = [];
        using TarReader reader = new(File.OpenRead(_s["a.tar"]));
        while (reader.GetNextEntry() is { } entry)
        {
            if (!entry.Name.StartsWith("./bytes", StringComparison.Ordinal))
                entries.Add((entry.Name, entry.EntryType, entry.DataStream is { Length: < 100 } data ? new StreamReader(data).ReadToEnd() : ""));
        }

        Assert.Contains(("./etc/other", TarEntryType.RegularFile, "root:x:0:0::/root:/bin/sh\n"), entries);
        Assert.Contains(("./etc/passwd", TarEntryType.HardLink, ""), entries);
        Assert.Contains(("./" + string.Concat(Enumerable.Repeat("long name ", 20)), TarEntryType.RegularFile, "x"), entries);
        // One name is left out above, and two directories are in no layer.
        Assert.Equal(Layer.Length - 1 + 2, entries.Count);
    }

    [Fact]
    public void This_engine_reads_its_archive_back_as_a_layer_of_the_same_tree()
    {
        byte[] first = _s.Tar();
        using Scenario again = new();

        byte[] second = again.With(first).Tar();

        Assert.Equal(first, second);
    }
}
