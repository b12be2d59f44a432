using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Rules 49 to 61 from the image to the disk.</summary>
public sealed class LinksOnDiskTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    private LinksOnDiskTests Links(params string[] groups)
    {
        Assert.Equal(groups, DiskTree.LinkGroups(_s.Rootfs));
        return this;
    }

    [Fact]
    public void A_hardlink_to_a_lower_file_rule_49()
    {
        _s.With(Of(File("a", "1")), Of(Hardlink("d/b", "a"))).Gives("a f 644", "d d 755", "d/b f 644").AndReads("d/b", "1");
        Links("a d/b");
    }

    [Fact]
    public void A_whiteout_of_one_of_two_names_rule_51() =>
        _s.With(Of(File("a", "1"), Hardlink("b", "a")), Of(Whiteout("a"))).Gives("b f 644").AndReads("b", "1");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_hardlink_to_what_its_layer_whites_out_rule_52(bool whiteoutFirst)
    {
        TarItem[] layer = whiteoutFirst ? [Whiteout("a"), Hardlink("b", "a")] : [Hardlink("b", "a"), Whiteout("a")];
        _s.With(Of(File("a", "lower")), Of(layer)).Gives("b f 644").AndReads("b", "lower").AndWarns("OCI4158");
    }

    [Fact]
    public void A_hardlink_before_a_new_file_of_its_targets_name_rule_52() =>
        _s.With(Of(File("a", "lower")), Of(Hardlink("b", "a"), File("a", "upper"))).Gives("a f 644", "b f 644").AndReads("a", "upper").AndReads("b", "lower");

    [Fact]
    public void A_hardlink_to_a_symlink_rule_53()
    {
        _s.With(Of(File("t"), Symlink("l", "t"), Hardlink("h", "l", mode: "0600"))).Gives("h l 777 t", "l l 777 t", "t f 644");
        Links("h l");
    }

    [Theory]
    [InlineData("/d")]
    [InlineData("../../../d")]
    public void A_link_path_below_a_linked_parent_rule_54(string target)
    {
        _s.With(Of(File("d/f", "1"), Symlink("l", target)), Of(Hardlink("h", "l/f"))).Gives("d d 755", "d/f f 644", "h f 644", "l l 777 " + target);
        Links("d/f h");
    }

    [Fact]
    public void Forward_references_rule_55()
    {
        _s.With(Of(Hardlink("a", "b"), Hardlink("b", "d/c"), Hardlink("d/c", "f"), File("f", "1"))).Gives("a f 644", "b f 644", "d d 755", "d/c f 644", "f f 644");
        Links("a b d/c f");
    }

    [Fact]
    public void A_missing_target_rule_56()
    {
        _s.With(Of(Hardlink("a", "nothing")));
        Assert.Equal(("OCI4123", "a"), (_s.Fails().Code, _s.Fails().Entry));
        Assert.False(Path.Exists(_s["out"]));
    }

    [Fact]
    public void An_absolute_link_path_rule_57()
    {
        _s.With(Of(File("etc/passwd", "ours"), Hardlink("h", "/etc/passwd"))).Gives("etc d 755", "etc/passwd f 644", "h f 644").AndReads("h", "ours");
        Links("etc/passwd h");
    }

    [Fact]
    public void A_link_to_itself_rule_58() => _s.With(Of(File("a", "1", mode: "0600"), Hardlink("a", "./a", mode: "0777"))).Gives("a f 600").AndReads("a", "1").AndWarns("OCI4159");

    [Fact]
    public void A_hardlink_entrys_metadata_is_the_inodes_rule_59()
    {
        _s.With(
            Of(File("a", "1", mode: "0600", mtime: 5) with { Xattrs = [Xattr("user.a", "1"), Xattr("user.b", "2")] }),
            Of(Hardlink("b", "a", mode: "0444", mtime: 9) with { Xattrs = [Xattr("user.b", "3")] })).Gives("a f 444", "b f 444");

        Assert.Equal(["user.a=0x31", "user.b=0x33"], DiskTree.Xattrs(_s["out/rootfs/a"]));
        Assert.Contains("a 9.0000000000", DiskTree.Times(_s.Rootfs));
        Links("a b");
    }

    [Fact]
    public void Sizes_of_links_directories_and_FIFOs_are_ignored_rule_60() =>
        _s.With(Of(
            File("f", "1"), Symlink("l", "f") with { ForgedSize = 512 }, Hardlink("h", "f") with { ForgedSize = 512 },
            Dir("d") with { ForgedSize = 512 }, Fifo("p") with { ForgedSize = 512 }, File("z", "z")))
            .Gives("d d 755", "f f 644", "h f 644", "l l 777 f", "p p 644", "z f 644").AndReads("z", "z");

    [Theory]
    [InlineData("/..//./etc/")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("/proc/self/root/etc")]
    public void A_symlinks_target_is_data_rule_61(string target) => _s.With(Of(Symlink("l", target))).Gives("l l 777 " + target);
}
