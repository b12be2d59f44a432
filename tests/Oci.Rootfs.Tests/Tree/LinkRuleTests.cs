using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;
using static Oci.Rootfs.Tests.Tree.Rows;

namespace Oci.Rootfs.Tests.Tree;

public sealed class LinkRuleTests
{
    [Fact]
    public void A_hardlink_to_a_lower_file_shares_its_inode_rule_49()
    {
        MergedTree tree = MergedTree.Of(Layer(File("a")), Layer(Hardlink("d/b", "a")));

        tree.ShouldBe("a L1", "d/", "d/b = a");
        Assert.Equal(2, tree["a"].Links);
    }

    [Fact]
    public void Replacing_one_name_leaves_the_other_with_the_old_content_rule_50()
    {
        MergedTree tree = MergedTree.Of(Layer(File("a"), Hardlink("b", "a")), Layer(File("a")));

        tree.ShouldBe("a L2", "b L1");
        Assert.Equal((1, 1), (tree["a"].Links, tree["b"].Links));
    }

    [Fact]
    public void Whiting_out_one_name_leaves_the_other_rule_51() => MergedTree.Of(Layer(File("a"), Hardlink("b", "a")), Layer(Whiteout("a"))).ShouldBe("b L1");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_hardlink_to_a_path_that_its_layer_whites_out_becomes_the_lower_file_with_a_warning_rule_52(bool whiteoutFirst)
    {
        TarEntry[] layer = whiteoutFirst ? [Whiteout("a"), Hardlink("b", "a")] : [Hardlink("b", "a"), Whiteout("a")];

        MergedTree tree = MergedTree.Of(Layer(File("a")), Layer(layer));

        tree.ShouldBe("b L1");
        Assert.Equal(["OCI4158"], tree.WarningCodes);
    }

    [Fact]
    public void A_hardlink_to_a_path_that_its_layer_whites_out_and_makes_anew_is_the_new_file_rule_52()
    {
        MergedTree.Of(Layer(File("a")), Layer(Whiteout("a"), Hardlink("b", "a"), File("a"))).ShouldBe("a L2", "b = a");
        MergedTree.Of(Layer(File("a")), Layer(File("a"), Hardlink("b", "a"), Whiteout("a"))).ShouldBe("a L2", "b = a");
    }

    [Fact]
    public void A_hardlink_before_a_new_file_of_its_targets_name_is_the_lower_file_rule_52() =>
        MergedTree.Of(Layer(File("a")), Layer(Hardlink("b", "a"), File("a"))).ShouldBe("a L2", "b L1");

    [Fact]
    public void A_file_in_a_directory_that_the_layer_empties_is_found_through_links_rule_52() =>
        MergedTree.Of(Layer(File("d/s/a"), Symlink("l", "d/s")), Layer(Hardlink("c", "b"), Hardlink("b", "l/a"), Opaque("d"))).ShouldBe("b L1", "c = b", "d/", "l -> d/s");

    [Fact]
    public void A_file_that_goes_with_its_replaced_directory_is_not_linked_rule_52() =>
        MergedTree.Fails("OCI4123", Layer(File("d/a")), Layer(File("d"), Hardlink("b", "d/a")));

    [Fact]
    public void A_hardlink_to_a_symlink_links_the_symlink_rule_53() =>
        MergedTree.Of(Layer(File("t"), Symlink("l", "t")), Layer(Hardlink("h", "l"))).ShouldBe("h -> t", "l = h", "t L1");

    [Theory]
    [InlineData("/d")]
    [InlineData("../../d")]
    public void A_link_path_below_a_linked_parent_resolves_inside_the_root_rule_54(string target) =>
        MergedTree.Of(Layer(File("d/f"), Symlink("l", target)), Layer(Hardlink("h", "l/f"))).ShouldBe("d/", "d/f L1", "h = d/f", "l -> " + target);

    [Fact]
    public void Forward_references_and_chains_of_them_are_tried_again_rule_55() =>
        MergedTree.Of(Layer(Hardlink("a", "b"), Hardlink("b", "d/c"), Hardlink("d/c", "f"), File("f"))).ShouldBe("a L1", "b = a", "d/", "d/c = a", "f = a");

    [Fact]
    public void A_waiting_link_whose_way_is_turned_by_another_is_tried_again_rule_55() =>
        MergedTree.Of(Layer(File("e/f"), Dir("d"), Symlink("l", "d")), Layer(Hardlink("h", "l/f"), Hardlink("l", "m"), Symlink("m", "e")))
            .ShouldBe("d/", "e/", "e/f L1", "h = e/f", "l -> e", "m = l");

    [Fact]
    public void Sixty_five_thousand_links_in_the_wrong_order_are_all_linked_rule_55()
    {
        TarEntry[] chain = [.. Enumerable.Range(0, 65_000).Select(i => Hardlink($"h{i}", $"h{i + 1}")), File("h65000")];

        Assert.Equal(65_001, MergedTree.Of(Layer(chain))["h0"].Links);
    }

    [Fact]
    public void A_missing_target_is_an_error_naming_layer_and_entry_rule_56()
    {
        Errors.OciException error = MergedTree.Fails("OCI4123", Layer(File("a")), Layer(Hardlink("d/h", "x/y"), Hardlink("b", "z")));

        Assert.Equal(("2 of 2", "d/h"), (error.Layer, error.Entry));
        Assert.Contains("'x/y'", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_that_wait_for_each_other_are_an_error_rule_56() => MergedTree.Fails("OCI4123", Layer(Hardlink("a", "b"), Hardlink("b", "a")));

    [Fact]
    public void An_absolute_link_path_is_inside_the_root_rule_57() => MergedTree.Of(Layer(File("a"), Hardlink("b", "/./a"))).ShouldBe("a L1", "b = a");

    [Theory]
    [InlineData("../a")]
    [InlineData("d/../a")]
    [InlineData("a/..")]
    public void A_parent_component_in_a_link_path_is_an_error_rule_57(string linkPath)
    {
        Errors.OciException error = MergedTree.Fails("OCI4110", Layer(File("a"), Hardlink("b", linkPath)));

        Assert.Equal("b", error.Entry);
        Assert.Contains(linkPath, error.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("d")]
    [InlineData("/")]
    [InlineData("l/e")]
    public void A_link_to_a_directory_is_an_error_rule_58(string target) =>
        MergedTree.Fails("OCI4124", Layer(Dir("d/e"), Symlink("l", "d")), Layer(Hardlink("h", target)));

    [Theory]
    [InlineData("d/a", "d/a")]
    [InlineData("d/a", "./d//a")]
    [InlineData("d/a", "l/a")]
    [InlineData("l/a", "d/a")]
    public void A_link_to_itself_by_any_spelling_does_nothing_and_warns_rule_58(string name, string target)
    {
        MergedTree tree = MergedTree.Of(Layer(File("d/a", "0600"), Symlink("l", "d")), Layer(Hardlink(name, target, "0777")));

        tree.ShouldBe("d/", "d/a L1", "l -> d");
        Assert.Equal(0b110_000_000u, tree["d/a"].Mode);
        Assert.Equal(["OCI4159"], tree.WarningCodes);
    }

    [Fact]
    public void A_hardlink_entrys_metadata_is_the_shared_inodes_and_its_attributes_are_added_rule_59()
    {
        MergedTree tree = MergedTree.Of(
            Layer(File("a").With(uid: 1, xattrs: [("user.a", "1"), ("user.b", "2")])),
            Layer(Hardlink("b", "a", "4755").With(uid: 7, mtime: new FileTime(-3, 5), xattrs: [("user.b", "3"), ("user.0", "4")])),
            Layer(Hardlink("c", "b", "4755").With(uid: 7, mtime: new FileTime(-3, 5))));

        tree.ShouldBe("a L1", "b = a", "c = a");
        Inode inode = tree["a"];
        Assert.Equal((0x9EDu, 7u, new FileTime(-3, 5)), (inode.Mode, inode.Uid, inode.Mtime));
        Assert.Equal(["user.0=4", "user.a=1", "user.b=3"], inode.Xattrs.Select(x => System.Text.Encoding.ASCII.GetString(x.Name) + "=" + (char)x.Value[0]));
    }

    [Fact]
    public void A_hardlink_over_the_directory_that_holds_its_target_keeps_the_file_rule_27() =>
        MergedTree.Of(Layer(File("d/a"), File("d/b")), Layer(Hardlink("d", "d/a"))).ShouldBe("d L1");
}
