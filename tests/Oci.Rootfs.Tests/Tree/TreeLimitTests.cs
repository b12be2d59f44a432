using System.Globalization;
using Oci.Rootfs.Tar;
using static Oci.Rootfs.Tests.Tree.Rows;

namespace Oci.Rootfs.Tests.Tree;

public sealed class TreeLimitTests
{
    [Fact]
    public void Nodes_are_limited_over_all_layers_implied_ones_included()
    {
        TarEntry[][] layers = [Layer(File("a/b")), Layer(File("c/d"))];

        Assert.Equal(5, MergedTree.Of(new(), new RootfsLimits { MaxNodes = 5 }, layers).Count);
        MergedTree.Fails("OCI4211", new RootfsLimits { MaxNodes = 4 }, layers);
    }

    [Fact]
    public void Nodes_made_by_following_links_are_limited() =>
        MergedTree.Fails("OCI4211", new RootfsLimits { MaxNodes = 5 }, Layer(Symlink("l", "1/2/3/4"), File("l/f")));

    [Fact]
    public void Entries_are_limited_although_they_name_one_path() =>
        MergedTree.Fails("OCI4215", new RootfsLimits { MaxNodes = 5 }, Layer(File("a"), File("a"), File("a")), Layer(File("a"), Whiteout("a"), File("a")));

    [Fact]
    public void Bytes_of_names_targets_and_attributes_are_limited_together()
    {
        string hundred = new('x', 100);
        TarEntry[][] layers = [Layer(File(hundred)), Layer(Symlink("l", hundred)), Layer(Dir("d").With(xattrs: [("user.a", hundred)]))];

        Assert.Equal(4, MergedTree.Of(new(), new RootfsLimits { MaxNameBytes = 400 }, layers).Count);
        MergedTree.Fails("OCI4212", new RootfsLimits { MaxNameBytes = 300 }, layers);
    }

    [Fact]
    public void Depth_is_limited_by_name_link_path_and_where_links_lead()
    {
        RootfsLimits limits = new() { MaxPathDepth = 3 };

        Assert.Equal(3, MergedTree.Of(new(), limits, Layer(File("a/b/c"))).LongestPath);
        MergedTree.Fails("OCI4213", limits, Layer(File("a/b/c/d")));
        MergedTree.Fails("OCI4213", limits, Layer(Hardlink("h", "a/b/c/d")));
        MergedTree.Fails("OCI4213", limits, Layer(Symlink("l", "a/b/c"), File("l/f")));
        MergedTree.Fails("OCI4213", limits, Layer(Symlink("l", "a/b/c/d"), File("l/f")));
    }

    [Fact]
    public void Steps_of_one_resolution_are_limited()
    {
        TarEntry[] bottom = Layer(Dir("a"), Symlink("l1", "a/../a/../a"), Symlink("l2", "l1/../l1/../l1"));
        RootfsLimits limits = new() { MaxResolutionSteps = 20 };

        Assert.Contains("a/f L2", MergedTree.Of(new(), new RootfsLimits(), bottom, Layer(File("l2/f"))).Lines());
        MergedTree.Fails("OCI4214", limits, bottom, Layer(File("l2/f")));
        MergedTree.Fails("OCI4214", limits, bottom, Layer(Whiteout("l2/f")));
        MergedTree.Fails("OCI4214", limits, bottom, Layer(Hardlink("h", "l2/f")));
    }

    [Fact]
    public void Steps_through_links_are_limited_over_all_resolutions()
    {
        // Each new link x has the long way walked again.
        RootfsLimits limits = new() { MaxResolutionSteps = 100 };
        TarEntry[] bottom = Layer(Dir("a"), Symlink("l", string.Concat(Enumerable.Repeat("a/../", 30)) + "a"));
        IEnumerable<TarEntry> entries = Enumerable.Range(0, 2000).SelectMany(i => (TarEntry[])[Symlink("x", "y"), File(string.Create(CultureInfo.InvariantCulture, $"l/{i}"))]);

        MergedTree.Fails("OCI4216", limits, bottom, Layer([.. entries]));
    }

    [Fact]
    public void Attempts_at_hardlinks_whose_way_is_turned_over_and_over_are_limited()
    {
        RootfsLimits limits = new() { MaxResolutionSteps = 100 };
        TarEntry[] links = [.. Enumerable.Range(0, 500).Select(i => Symlink($"s{i}", "x"))];
        IEnumerable<TarEntry> waiting = Enumerable.Range(0, 1000).Select(i => Hardlink($"w{i}", "m/x"));
        IEnumerable<TarEntry> turning = Enumerable.Range(0, 500).Select(i => Hardlink($"s{i}", "t"));

        MergedTree.Fails("OCI4216", limits, Layer(links), Layer([.. waiting, .. turning, File("t")]));
    }

    [Fact]
    public void An_honest_image_of_many_files_below_links_stays_within_the_limits()
    {
        IEnumerable<TarEntry> files = Enumerable.Range(0, 100_000).Select(i => File(string.Create(CultureInfo.InvariantCulture, $"lib/d{i % 100}/f{i}")));

        Assert.Equal(100_104, MergedTree.Of(Layer([Dir("usr/lib"), Symlink("lib", "usr/lib"), .. files])).Count);
    }

    [Fact]
    public void Five_hundred_thousand_names_of_one_directory_are_removed_and_replaced_again_and_again()
    {
        IEnumerable<TarEntry> files = Enumerable.Range(0, 500_000).Select(i => File(string.Create(CultureInfo.InvariantCulture, $"d/{i}")));
        IEnumerable<TarEntry> flips = Enumerable.Range(0, 50_000).SelectMany(_ => (TarEntry[])[File("d"), Dir("d")]);

        MergedTree.Of(Layer([.. files]), Layer([.. flips])).ShouldBe("d/");
    }

    [Fact]
    public void A_hundred_thousand_whiteouts_take_as_many_files()
    {
        TarEntry[] files = [.. Enumerable.Range(0, 100_000).Select(i => File(string.Create(CultureInfo.InvariantCulture, $"d/{i}")))];
        TarEntry[] whiteouts = [.. Enumerable.Range(0, 100_000).Select(i => Whiteout(string.Create(CultureInfo.InvariantCulture, $"d/{i}")))];

        MergedTree.Of(Layer(files), Layer(whiteouts)).ShouldBe("d/");
    }

    [Fact]
    public void A_hundred_and_twenty_layers_merge_in_their_order() =>
        MergedTree.Of([.. Enumerable.Range(0, 120).Select(i => Layer(File("a"), File($"f{i}"), Whiteout($"f{i - 1}")))]).ShouldBe("a L120", "f119 L120");

    [Fact]
    public void Many_attributes_added_by_many_links_are_all_there()
    {
        IEnumerable<TarEntry> links = Enumerable.Range(0, 20_000)
            .Select(i => Hardlink($"h{i}", "f").With(xattrs: [(string.Create(CultureInfo.InvariantCulture, $"user.{i:D5}"), "1")]));

        Assert.Equal(20_000, MergedTree.Of(Layer([File("f"), .. links]))["f"].Xattrs.Count);
    }
}
