using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

public sealed class ExtractionTests
{
    [Fact]
    public void Layers_become_one_tree_with_types_modes_links_and_times()
    {
        using Scenario s = new Scenario().With(
            Of(Dir("etc", mode: "0755", mtime: 100), File("etc/hostname", "box\n", mode: "0640", mtime: 1_000), Dir("usr/lib", mode: "0711"), Symlink("lib", "usr/lib")),
            ImageLayer.Gzip(Of(File("lib/libc.so", "elf", mode: "0555"), Hardlink("usr/lib/libc.so.6", "lib/libc.so", mode: "0555"), Fifo("run", mode: "0600"))));

        Assert.True(s.Extract().Extracted);

        Assert.Equal(
            ["d 755", "etc d 755", "etc/hostname f 640", "lib l 777 usr/lib", "run p 600", "usr d 755", "usr/lib d 711", "usr/lib/libc.so f 555", "usr/lib/libc.so.6 f 555"],
            DiskTree.Of(s.Rootfs));
        Assert.Equal(["usr/lib/libc.so usr/lib/libc.so.6"], DiskTree.LinkGroups(s.Rootfs));
        Assert.Equal("box\n", s.Read("etc/hostname"));
        Assert.Contains("etc/hostname 1000.0000000000", DiskTree.Times(s.Rootfs));
        Assert.Contains("etc 100.0000000000", DiskTree.Times(s.Rootfs));
        s.ShouldHaveNoLitter();
    }

    [Fact]
    public void What_upper_layers_hide_is_not_there()
    {
        using Scenario s = new Scenario().With(
            Of(File("a", "1"), File("d/x", "1"), File("d/y", "1"), File("o/x", "1"), File("f", "lower")),
            Of(Whiteout("a"), Whiteout("d/x"), File("o/new", "2"), Opaque("o"), File("f", "upper")));

        s.Extract();

        Assert.Equal(["d 755", "d d 755", "d/y f 644", "f f 644", "o d 755", "o/new f 644"], DiskTree.Of(s.Rootfs));
        Assert.Equal("upper", s.Read("f"));
    }

    [Fact]
    public void A_file_hidden_by_an_upper_layer_but_hardlinked_there_is_kept_rule_50()
    {
        using Scenario s = new Scenario().With(
            Of(File("a", "old"), Hardlink("b", "a")),
            Of(File("a", "new"), Hardlink("c", "b")));

        s.Extract();

        Assert.Equal(("new", "old", "old"), (s.Read("a"), s.Read("b"), s.Read("c")));
        Assert.Equal(["b c"], DiskTree.LinkGroups(s.Rootfs));
    }

    [Fact]
    public void A_content_that_was_not_written_ahead_is_fetched_in_a_second_pass()
    {
        // The upper layer replaces "a" and links "b" to the lower one through a directory link: nothing tells the write-ahead.
        using Scenario s = new Scenario().With(
            Of(Dir("real"), File("real/a", new string('x', 100_000)), Symlink("link", "real")),
            Of(Hardlink("b", "link/a"), File("real/a", "new")));

        // One core, so that the lower layer is read when all of the upper one is known.
        s.Extract(r => r with { Cores = 1 });

        Assert.Equal(100_000, s.Read("b").Length);
        Assert.Equal("new", s.Read("real/a"));
        Assert.Contains(s.Messages, static m => m.Text.Contains("second pass", StringComparison.Ordinal));
    }

    [Fact]
    public void Contents_that_must_change_places_with_each_other_do()
    {
        // Written ahead at x/f and y/f as named; in truth the links x and y of the lower layer cross.
        using Scenario s = new Scenario().With(
            Of(Dir("p"), Dir("q"), Symlink("x", "q"), Symlink("y", "p")),
            Of(File("x/f", "to q"), File("y/f", "to p"), File("p/g", "p")));

        s.Extract();

        Assert.Equal("to q", s.Read("q/f"));
        Assert.Equal("to p", s.Read("p/f"));
        Assert.Equal(["d 755", "p d 755", "p/f f 644", "p/g f 644", "q d 755", "q/f f 644", "x l 777 q", "y l 777 p"], DiskTree.Of(s.Rootfs));
    }

    [Fact]
    public void Large_files_empty_files_and_sparse_files_have_their_content()
    {
        TarContent large = TarContent.Generated(3_000_000, seed: 7);
        using Scenario s = new Scenario().With(
            ImageLayer.Gzip(Of(File("large", large), File("empty"), Sparse("sparse", TarSparseForm.Pax10, 10_000_000, (5_000_000, "middle")))));

        s.Extract();

        using MemoryStream expected = new();
        large.WriteTo(expected);
        Assert.Equal(expected.ToArray(), System.IO.File.ReadAllBytes(Path.Combine(s.Rootfs, "large")));
        Assert.Empty(s.Read("empty"));
        byte[] sparse = System.IO.File.ReadAllBytes(Path.Combine(s.Rootfs, "sparse"));
        Assert.Equal(10_000_000, sparse.Length);
        Assert.Equal("middle"u8, sparse.AsSpan(5_000_000, 6));
        Assert.All(sparse.AsSpan(0, 5_000_000).ToArray().Chunk(1_000_000), static c => Assert.Equal(-1, c.AsSpan().IndexOfAnyExcept((byte)0)));
    }

    [Fact]
    public void Ten_thousand_small_files_are_all_there()
    {
        using Scenario s = new Scenario().With(
            ImageLayer.Gzip(Of([.. Enumerable.Range(0, 10_000).Select(static i => File($"d{i % 100}/f{i}", $"content {i}"))])));

        s.Extract();

        Assert.All(Enumerable.Range(0, 10_000), i => Assert.Equal($"content {i}", s.Read($"d{i % 100}/f{i}")));
    }

    [Fact]
    public void Names_are_bytes_rule_46()
    {
        using Scenario s = new Scenario().With(Of(File(new byte[] { 0xff, (byte)'\n', (byte)'\\' }, "odd")));

        s.Extract();

        CommandResult listed = Command.Run("sh", "-c", $"cd '{s.Rootfs}' && find . -type f | od -An -tx1");
        Assert.Equal("2e 2f ff 0a 5c 0a", listed.Output.Trim());
    }

    [Fact]
    public void No_layers_are_an_empty_root_rule_96()
    {
        using Scenario s = new Scenario().With();

        s.Extract();

        Assert.Equal(["d 755"], DiskTree.Of(s.Rootfs));
    }

    [Fact]
    public void The_root_entry_gives_the_root_its_metadata_rule_43()
    {
        using Scenario s = new Scenario().With(Of(Dir("./", mode: "0700", mtime: 77), File("a", "1")));

        s.Extract();

        Assert.Equal(["a f 644", "d 700"], DiskTree.Of(s.Rootfs));
        Assert.Contains("77.0000000000", DiskTree.Times(s.Rootfs));
    }

    [Fact]
    public void Layers_in_another_order_than_the_diff_ids_are_applied_in_the_diff_ids_order_rule_84()
    {
        ImageLayer lower = Of(File("f", "lower"), File("gone", "1"));
        ImageLayer upper = Of(File("f", "upper"), Whiteout("gone"));
        Image image = Image.Of(lower, upper).For(null) with
        {
            EditManifest = static m =>
            {
                System.Text.Json.Nodes.JsonArray layers = m["layers"]!.AsArray();
                System.Text.Json.Nodes.JsonNode first = layers[0]!;
                layers.RemoveAt(0);
                layers.Add(first);
            },
        };
        using Scenario s = new Scenario().With(image);

        s.Extract();

        Assert.Equal("upper", s.Read("f"));
        Assert.Equal(["d 755", "f f 644"], DiskTree.Of(s.Rootfs));
        Assert.Contains(s.Messages, static m => m.Kind == RootfsMessageKind.Warning);
    }
}
