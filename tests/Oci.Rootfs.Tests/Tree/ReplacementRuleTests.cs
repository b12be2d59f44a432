using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;
using static Oci.Rootfs.Tests.Tree.Rows;

namespace Oci.Rootfs.Tests.Tree;

public sealed class ReplacementRuleTests
{
    public static TheoryData<string> NoDirectories => ["file", "symlink", "hardlink", "fifo", "device"];

    [Theory]
    [MemberData(nameof(NoDirectories))]
    public void Anything_but_a_directory_replaces_a_directory_whole_rule_27(string kind)
    {
        TarEntry entry = kind switch
        {
            "file" => File("d"),
            "symlink" => Symlink("d", "x"),
            "hardlink" => Hardlink("d", "x"),
            "fifo" => Fifo("d"),
            _ => Device("d", 1, 3),
        };

        MergedTree tree = MergedTree.Of(Layer(File("d/s/f"), File("x")), Layer(entry));

        Assert.Equal(3, tree.Count);
        Assert.NotEqual(EntryKind.Directory, tree["d"].Kind);
    }

    [Fact]
    public void Children_of_a_replaced_directory_do_not_come_back_with_a_new_one_rule_27() =>
        MergedTree.Of(Layer(File("d/s/f")), Layer(File("d")), Layer(Dir("d"))).ShouldBe("d/");

    [Fact]
    public void A_directory_replaces_a_file_and_takes_children_rule_28() =>
        MergedTree.Of(Layer(File("a")), Layer(Dir("a"), File("a/f"))).ShouldBe("a/", "a/f L2");

    [Fact]
    public void Directories_merge_and_all_metadata_is_the_upper_ones_rule_29()
    {
        MergedTree tree = MergedTree.Of(
            Layer(Dir("d", "0700").With(uid: 5, mtime: new FileTime(7), xattrs: [("user.a", "1")]), File("d/x")),
            Layer(Dir("d", "1755").With(uid: 6, mtime: new FileTime(9, 1), xattrs: [("user.b", "2")]), File("d/y")));

        tree.ShouldBe("d/", "d/x L1", "d/y L2");
        Inode d = tree["d"];
        Assert.Equal((0x3EDu, 6u, new FileTime(9, 1)), (d.Mode, d.Uid, d.Mtime));
        Assert.Equal("user.b"u8, Assert.Single(d.Xattrs).Name);
    }

    [Fact]
    public void A_directory_replaces_a_link_to_a_directory_with_a_warning_rule_30()
    {
        MergedTree tree = MergedTree.Of(Layer(File("usr/lib/old"), Symlink("lib", "usr/lib")), Layer(Dir("lib"), File("lib/new")));

        tree.ShouldBe("lib/", "lib/new L2", "usr/", "usr/lib/", "usr/lib/old L1");
        Assert.Equal(["OCI4155"], tree.WarningCodes);
    }

    [Fact]
    public void A_kept_link_stays_with_the_children_in_its_untouched_target_rule_30()
    {
        MergedTree tree = MergedTree.KeepingLinks(
            Layer(Dir("usr/lib", "0700"), Symlink("lib", "/usr/lib")),
            Layer(Dir("lib", "0777"), File("lib/new")));

        tree.ShouldBe("lib -> /usr/lib", "usr/", "usr/lib/", "usr/lib/new L2");
        Assert.Equal(0b111_000_000u, tree["usr/lib"].Mode);
        Assert.Empty(tree.WarningCodes);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("file")]
    [InlineData("lib")]
    public void A_link_to_no_directory_is_not_kept_and_replaced_without_a_warning_rule_30(string target)
    {
        MergedTree tree = MergedTree.KeepingLinks(Layer(File("file"), Symlink("lib", target)), Layer(Dir("lib")));

        tree.ShouldBe("file L1", "lib/");
        Assert.Empty(tree.WarningCodes);
    }

    [Fact]
    public void A_link_of_the_same_layer_is_not_kept_rule_30() =>
        MergedTree.KeepingLinks(Layer(Dir("d"), Symlink("l", "d"), Dir("l"))).ShouldBe("d/", "l/");

    [Theory]
    [InlineData("usr/lib")]
    [InlineData("/usr/lib")]
    [InlineData("../../usr/./lib/")]
    public void An_entry_below_a_linked_parent_lands_in_the_target_inside_the_root_rule_31(string target) =>
        MergedTree.Of(Layer(Dir("usr/lib"), Symlink("lib", target)), Layer(File("lib/new"))).ShouldBe("lib -> " + target, "usr/", "usr/lib/", "usr/lib/new L2");

    [Fact]
    public void The_last_of_two_files_of_one_name_wins_with_a_warning_rule_32()
    {
        MergedTree tree = MergedTree.Of(Layer(File("a", "0600"), File("a", "0644")));

        tree.ShouldBe("a L1");
        Assert.Equal((0b110_100_100u, 1), (tree["a"].Mode, tree["a"].Content.Row));
        Assert.Equal(["OCI4154"], tree.WarningCodes);
    }

    [Fact]
    public void The_last_of_two_kinds_of_one_name_wins_with_a_warning_rule_33()
    {
        MergedTree tree = MergedTree.Of(Layer(Dir("a"), File("a/f"), File("a"), Symlink("b", "x"), Dir("b"), File("b/g")));

        tree.ShouldBe("a L1", "b/", "b/g L1");
        Assert.Equal(["OCI4154", "OCI4154"], tree.WarningCodes);
    }

    [Fact]
    public void A_waiting_hardlink_does_not_come_after_a_later_entry_of_its_name_rule_33()
    {
        MergedTree tree = MergedTree.Of(Layer(Hardlink("b", "a"), File("b"), File("a")));

        tree.ShouldBe("a L1", "b L1");
        Assert.Equal(["OCI4154"], tree.WarningCodes);
    }

    [Fact]
    public void A_directory_listed_twice_merges_and_its_last_metadata_counts_rule_33()
    {
        MergedTree tree = MergedTree.Of(Layer(Dir("d"), File("d/f"), Dir("./d/", "0700")));

        tree.ShouldBe("d/", "d/f L1");
        Assert.Equal(0b111_000_000u, tree["d"].Mode);
        Assert.Empty(tree.WarningCodes);
    }

    [Theory]
    [MemberData(nameof(NoDirectories))]
    public void A_link_at_the_end_of_a_name_is_replaced_and_its_target_untouched_rules_34_35(string kind)
    {
        TarEntry entry = kind switch
        {
            "file" => File("l", "0777"),
            "symlink" => Symlink("l", "x"),
            "hardlink" => Hardlink("l", "x", "0777"),
            "fifo" => Fifo("l"),
            _ => Device("l", 1, 3),
        };

        MergedTree tree = MergedTree.Of(Layer(File("t", "0600"), File("x"), Symlink("l", "t")), Layer(entry));

        Assert.Equal(0b110_000_000u, tree["t"].Mode);
        Assert.NotSame(tree["t"], tree["l"]);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a/b/c")]
    [InlineData("l/b")]
    public void A_file_as_a_parent_is_an_error_naming_layer_and_entry_rule_36(string name)
    {
        Errors.OciException error = MergedTree.Fails("OCI4121", Layer(File("a"), Symlink("l", "a")), Layer(Dir("x"), File(name)));

        Assert.Equal(("2 of 2", name), (error.Layer, error.Entry));
        Assert.Contains("'a'", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dangling_links_target_directory_is_made_inside_the_root_rule_37() =>
        MergedTree.Of(Layer(Symlink("d/l", "../../x/y"), File("d/l/f"))).ShouldBe("d/", "d/l -> ../../x/y", "x/", "x/y/", "x/y/f L1");

    [Fact]
    public void Forty_links_are_followed_and_one_more_is_an_error_rule_37()
    {
        TarEntry[] chain = [Dir("l0"), .. Enumerable.Range(1, 41).Select(i => Symlink($"l{i}", $"l{i - 1}"))];

        Assert.Contains("l0/f L2", MergedTree.Of(Layer(chain), Layer(File("l40/f"))).Lines());
        MergedTree.Fails("OCI4122", Layer(chain), Layer(File("l41/f")));
        MergedTree.Fails("OCI4122", Layer(Symlink("a", "b"), Symlink("b", "a"), File("a/f")));
    }

    [Fact]
    public void A_loop_below_a_marker_removes_nothing_rule_37() =>
        MergedTree.Of(Layer(Symlink("a", "b"), Symlink("b", "a")), Layer(Whiteout("a/f"), Opaque("b"))).ShouldBe("a -> b", "b -> a");

    [Fact]
    public void A_component_of_a_dangling_link_that_no_directory_can_have_is_an_error_rule_37() =>
        MergedTree.Fails("OCI4105", Layer(Symlink("l", new string('x', 256)), File("l/f")));

    [Fact]
    public void Missing_parents_have_fixed_metadata_rule_38()
    {
        MergedTree tree = MergedTree.Of(new MergeOptions(SourceDateEpoch: 77), new RootfsLimits(), Layer(File("d/e/f")));

        foreach (Inode inode in (Inode[])[tree.Root, tree["d"], tree["d/e"]])
            Assert.Equal((0b111_101_101u, 0u, 0u, new FileTime(77)), (inode.Mode, inode.Uid, inode.Gid, inode.Mtime));
    }

    [Fact]
    public void A_later_entry_mends_an_implied_parent_without_a_warning_rule_39()
    {
        MergedTree tree = MergedTree.Of(Layer(File("d/f"), Dir("d", "0700")));

        Assert.Equal(0b111_000_000u, tree["d"].Mode);
        Assert.Empty(tree.WarningCodes);
    }

    [Fact]
    public void A_directorys_listed_mtime_survives_changes_in_upper_layers_rule_80() =>
        Assert.Equal(new FileTime(5), MergedTree.Of(Layer(Dir("d").With(mtime: new FileTime(5)), File("d/a")), Layer(File("d/b"), Whiteout("d/a")))["d"].Mtime);

    [Fact]
    public void The_same_layer_twice_is_applied_twice_rule_82()
    {
        TarEntry[] first = Layer(File("a"), Whiteout("b"));

        MergedTree.Of(first, Layer(Whiteout("a"), File("b")), first).ShouldBe("a L3");
    }
}
