using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Rules 1 to 26 from the image to the disk.</summary>
public sealed class WhiteoutsOnDiskTests : IDisposable
{
    private readonly Scenario _s = new();

    private static TarItem[] LinkedLib => [Dir("usr/lib"), File("usr/lib/old", "1"), Symlink("lib", "usr/lib")];

    public void Dispose() => _s.Dispose();

    [Fact]
    public void A_whiteout_after_its_own_layers_file_rule_1() =>
        _s.With(Of(File("a", "1")), Of(File("a", "2"), Whiteout("a"))).Gives("a f 644").AndReads("a", "2");

    [Fact]
    public void A_whiteout_before_its_own_layers_file_rule_2() =>
        _s.With(Of(File("a", "1")), Of(Whiteout("a"), File("a", "2"))).Gives("a f 644").AndReads("a", "2");

    [Fact]
    public void A_whiteout_after_a_new_directory_and_its_file_rule_3() =>
        _s.With(Of(Dir("d"), File("d/old")), Of(Dir("d", mode: "0700"), File("d/new"), Whiteout("d"))).Gives("d d 700", "d/new f 644");

    [Fact]
    public void A_whited_out_directory_with_a_new_file_has_not_its_old_metadata_rule_4() =>
        _s.With(Of(Dir("d", mode: "0700"), File("d/old")), Of(Whiteout("d"), File("d/new"))).Gives("d d 755", "d/new f 644");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void An_opaque_marker_anywhere_takes_the_lower_children_alone_rule_5(int place)
    {
        List<TarItem> layer = [File("d/x", "2"), File("d/y", "2")];
        layer.Insert(place, Opaque("d"));
        _s.With(Of(Dir("d"), File("d/x", "1"), File("d/z", "1")), Of(layer)).Gives("d d 755", "d/x f 644", "d/y f 644").AndReads("d/x", "2");
    }

    [Fact]
    public void An_opaque_marker_last_leaves_a_new_file_in_an_implied_directory_rule_6() =>
        _s.With(Of(Dir("d"), Dir("d/s"), File("d/s/old")), Of(File("d/s/new"), Opaque("d"))).Gives("d d 755", "d/s d 755", "d/s/new f 644");

    [Fact]
    public void An_opaque_marker_before_its_directorys_entry_rule_7() =>
        _s.With(Of(Dir("d"), File("d/old")), Of(Opaque("d"), Dir("d", mode: "0711"))).Gives("d d 711");

    [Fact]
    public void An_opaque_root_rule_8() => _s.With(Of(File("a"), File("d/b")), Of(File("c"), Opaque(""))).Gives("c f 644");

    [Fact]
    public void An_opaque_marker_of_nothing_rule_9() => _s.With(Of(File("a")), Of(Opaque("d/e"))).Gives("a f 644");

    [Fact]
    public void An_opaque_marker_under_a_file_rule_10() => _s.With(Of(File("a", "1")), Of(Opaque("a"), Opaque("a/b"))).Gives("a f 644").AndReads("a", "1");

    [Fact]
    public void A_whiteout_of_nothing_rule_11() => _s.With(Of(File("a")), Of(Whiteout("d/e"), Whiteout("f"))).Gives("a f 644");

    [Fact]
    public void A_whiteout_below_a_file_rule_12() => _s.With(Of(File("a", "1")), Of(Whiteout("a/b"))).Gives("a f 644").AndWarns("OCI4157");

    [Fact]
    public void A_whiteout_below_a_link_to_a_directory_rule_13() =>
        _s.With(Of(LinkedLib), Of(Whiteout("lib/old"))).Gives("lib l 777 usr/lib", "usr d 755", "usr/lib d 755");

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    public void A_link_that_becomes_an_opaque_directory_leaves_its_target_rule_14(params int[] order)
    {
        TarItem[] layer = [Dir("lib"), Opaque("lib"), File("lib/new")];
        _s.With(Of(LinkedLib), Of(order.Select(i => layer[i])))
            .Gives("lib d 755", "lib/new f 644", "usr d 755", "usr/lib d 755", "usr/lib/old f 644");
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../../../../../../../../etc")]
    public void A_whiteout_below_a_link_out_of_the_root_removes_inside_it_rule_15(string target) =>
        _s.With(Of(File("etc/passwd", "1"), Symlink("x", target)), Of(Whiteout("x/passwd"))).Gives("etc d 755", "x l 777 " + target);

    [Theory]
    [InlineData("t")]
    [InlineData("missing")]
    public void A_whiteout_of_a_symlink_rule_16(string target) =>
        _s.With(Of(File("t/f"), Symlink("l", target)), Of(Whiteout("l"))).Gives("t d 755", "t/f f 644");

    [Fact]
    public void Aufs_names_rule_20() =>
        _s.With(Of(Dir(".wh..wh.plnk"), File(".wh..wh.aufs"), Dir(".wh..wh.orph"), File(".wh..wh.orph/x"), File("f"))).Gives("f f 644");

    [Fact]
    public void An_aufs_file_linked_to_by_its_own_layer_rule_21() =>
        _s.With(Of(File(".wh..wh.plnk/12.3", "linked"), Hardlink("a", ".wh..wh.plnk/12.3"), Hardlink("d/b", ".wh..wh.plnk/12.3")))
            .Gives("a f 644", "d d 755", "d/b f 644").AndReads("d/b", "linked");

    [Fact]
    public void Whiteouts_of_any_type_rule_22() =>
        _s.With(Of(File("a"), File("b"), File("c")), Of(Hardlink(".wh.a", ".wh..wh.plnk/none"), Symlink(".wh.b", "x"), Dir(".wh.c"))).Gives().AndWarns("OCI4151");

    [Fact]
    public void A_whiteout_with_content_rule_24() =>
        _s.With(Of(File("a", "1"), File("b", "1")), Of(Whiteout("a") with { Content = TarContent.Generated(200_000) }, File("b", "2"))).Gives("b f 644").AndReads("b", "2");

    [Fact]
    public void A_device_0_0_is_no_whiteout_rule_25()
    {
        _s.With(Of(File("a", "1"), File("b")), Of(CharDevice("a", 0, 0))).Gives(Command.IsRoot ? ["a c 600", "b f 644"] : ["b f 644"]).AndWarns("OCI4152");
        Assert.Contains("./a type=char mode=0600", System.IO.File.ReadAllText(_s.Record), StringComparison.Ordinal);
    }

    [Fact]
    public void Overlay_attributes_are_not_set_rule_26()
    {
        _s.With(Of(
            File("f") with { Xattrs = [Xattr("user.overlay.opaque", "y"), Xattr("user.a", "1")] },
            Dir("d") with { Xattrs = [Xattr("trusted.overlay.opaque", "y")] })).Gives("d d 755", "f f 644").AndWarns("OCI4153", "OCI4153");

        Assert.Equal(["user.a=0x31"], DiskTree.Xattrs(_s["out/rootfs/f"]));
        Assert.Empty(DiskTree.Xattrs(_s["out/rootfs/d"]));
    }
}
