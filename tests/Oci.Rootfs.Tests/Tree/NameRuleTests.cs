using static Oci.Rootfs.Tests.Tree.Rows;

namespace Oci.Rootfs.Tests.Tree;

public sealed class NameRuleTests
{
    [Theory]
    [InlineData("/d/f")]
    [InlineData("./d/f")]
    [InlineData("//d///f")]
    [InlineData("d/./f")]
    [InlineData("/././d/.//./f")]
    public void Slashes_and_dots_are_cleaned_rule_40(string name) =>
        MergedTree.Of(Layer(File("x"), File(name), Hardlink("h", name))).ShouldBe("d/", "d/f L1", "h = d/f", "x L1");

    [Fact]
    public void Siblings_cousins_and_lookalikes_are_told_apart_rule_40() =>
        MergedTree.Of(Layer(File("aa/b/c"), File("aa/b/d"), File("aa/bb/c"), File("a/b/c"), File("aa/b/c/../x"[..6]), File("/aa/b/e"), File("aa/b/./f"), File("aa/f")))
            .ShouldBe("a/", "a/b/", "a/b/c L1", "aa/", "aa/b/", "aa/b/c L1", "aa/b/d L1", "aa/b/e L1", "aa/b/f L1", "aa/bb/", "aa/bb/c L1", "aa/f L1");

    [Theory]
    [InlineData("../x")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("a/../")]
    [InlineData("a/../.wh.b")]
    [InlineData("/a/../../x")]
    [InlineData(".wh..wh.plnk/../x")]
    public void A_parent_component_in_a_name_is_an_error_rules_41_42(string name)
    {
        Errors.OciException error = MergedTree.Fails("OCI4101", Layer(File("a")), Layer(File(name)));

        Assert.Equal(("2 of 2", name), (error.Layer, error.Entry));
    }

    [Theory]
    [InlineData("./")]
    [InlineData(".")]
    [InlineData("/")]
    [InlineData("/.//./")]
    public void The_root_entrys_metadata_is_the_root_directorys_rule_43(string name)
    {
        MergedTree tree = MergedTree.Of(Layer(Dir(name, "0700").With(uid: 3), File("f")));

        tree.ShouldBe("f L1");
        Assert.Equal((0b111_000_000u, 3u), (tree.Root.Mode, tree.Root.Uid));
    }

    [Fact]
    public void A_root_entry_that_is_no_directory_is_an_error_rule_44()
    {
        MergedTree.Fails("OCI4104", Layer(Symlink(".", "/etc")));
        MergedTree.Fails("OCI4104", Layer(File("/")));
        MergedTree.Fails("OCI4104", Layer(Hardlink("./", "x")));
    }

    [Fact]
    public void An_empty_name_is_an_error_rule_44() => MergedTree.Fails("OCI4102", Layer(File("")));

    [Fact]
    public void A_NUL_in_a_name_or_link_target_is_an_error_rule_44()
    {
        MergedTree.Fails("OCI4103", Layer(File("a\0b")));
        MergedTree.Fails("OCI4103", Layer(Symlink("l", "a\0b")));
        MergedTree.Fails("OCI4103", Layer(Hardlink("l", "a\0b")));
    }

    [Fact]
    public void A_trailing_slash_makes_no_directory_of_a_file_rule_45() => MergedTree.Of(Layer(File("a/"), Fifo("d/p//"))).ShouldBe("a L1", "d/", "d/p |");

    [Fact]
    public void Names_are_bytes_rule_46() =>
        MergedTree.Of(Layer(File("\xff\n\\\x01"), File("\xc3\xa9"), File("e\xcc\x81"))).ShouldBe("e\xcc\x81 L1", "\xc3\xa9 L1", "\xff\n\\\x01 L1");

    [Fact]
    public void A_component_of_255_bytes_works_and_one_more_is_an_error_rule_47()
    {
        MergedTree.Of(Layer(File("d/" + new string('x', 255)))).ShouldBe("d/", "d/" + new string('x', 255) + " L1");
        MergedTree.Fails("OCI4105", Layer(File(new string('x', 256))));
        MergedTree.Fails("OCI4105", Layer(File(new string('x', 256) + "/f")));
        MergedTree.Fails("OCI4105", Layer(File(".wh." + new string('x', 256))));
        MergedTree.Fails("OCI4105", Layer(Hardlink("h", new string('x', 256))));
    }

    [Fact]
    public void A_path_of_many_short_components_works_rule_47()
    {
        string deep = string.Join('/', Enumerable.Repeat("dir", 2000));

        Assert.Equal(2000, MergedTree.Of(Layer(File(deep))).LongestPath);
    }

    [Fact]
    public void A_path_of_ten_thousand_components_is_merged_and_removed_where_the_limit_lets_it_rule_47()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 10_000));
        RootfsLimits limits = new() { MaxPathDepth = 10_001 };

        Assert.Equal(10_001, MergedTree.Of(new(), limits, Layer(File(deep + "/f"))).LongestPath);
        MergedTree.Of(new(), limits, Layer(File(deep + "/f")), Layer(Whiteout("d"))).ShouldBe();
        MergedTree.Of(new(), limits, Layer(File(deep + "/f")), Layer(File("d"))).ShouldBe("d L2");
    }

    [Fact]
    public void An_empty_link_target_is_an_error_rule_61()
    {
        MergedTree.Fails("OCI4108", Layer(Symlink("l", "")));
        MergedTree.Fails("OCI4108", Layer(Hardlink("l", "")));
    }

    [Fact]
    public void A_symlink_target_of_4095_bytes_works_and_one_more_is_an_error_rule_61()
    {
        string target = new('x', 4095);

        MergedTree.Of(Layer(Symlink("l", target))).ShouldBe("l -> " + target);
        MergedTree.Fails("OCI4109", Layer(Symlink("l", target + "x")));
    }

    [Fact]
    public void A_symlink_target_is_kept_verbatim_rule_61() => MergedTree.Of(Layer(Symlink("l", "/..//./\xff\n/"))).ShouldBe("l -> /..//./\xff\n/");
}
