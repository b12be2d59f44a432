using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Rules 27 to 39 from the image to the disk.</summary>
public sealed class ReplacementsOnDiskTests : IDisposable
{
    private readonly Scenario _s = new();

    public static TheoryData<string> NoDirectories => ["file", "symlink", "hardlink", "fifo"];

    public void Dispose() => _s.Dispose();

    private static TarItem Named(string name, string kind, Octal? mode = null) => kind switch
    {
        "file" => File(name, "new", mode),
        "symlink" => Symlink(name, "x"),
        "hardlink" => Hardlink(name, "x", mode),
        _ => Fifo(name, mode),
    };

    private static string Line(string name, string kind) => kind switch
    {
        "symlink" => name + " l 777 x",
        "fifo" => name + " p 644",
        _ => name + " f 644",
    };

    [Theory]
    [MemberData(nameof(NoDirectories))]
    public void Anything_over_a_full_directory_rule_27(string kind) =>
        _s.With(Of(File("d/s/f"), File("x")), Of(Named("d", kind))).Gives(Line("d", kind), "x f 644");

    [Fact]
    public void A_directory_over_a_file_with_children_rule_28() => _s.With(Of(File("a", "1")), Of(Dir("a"), File("a/f", "2"))).Gives("a d 755", "a/f f 644");

    [Fact]
    public void A_directory_over_a_directory_rule_29()
    {
        _s.With(
            Of(Dir("d", mode: "0700", mtime: 7) with { Xattrs = [Xattr("user.a", "1")] }, File("d/x")),
            Of(Dir("d", mode: "0711", mtime: 9) with { Xattrs = [Xattr("user.b", "2")] }, File("d/y"))).Gives("d d 711", "d/x f 644", "d/y f 644");

        Assert.Equal(["user.b=0x32"], DiskTree.Xattrs(_s["out/rootfs/d"]));
        Assert.Contains("d 9.0000000000", DiskTree.Times(_s.Rootfs));
    }

    [Fact]
    public void A_directory_over_a_link_to_a_directory_rule_30() =>
        _s.With(Of(File("usr/lib/old"), Symlink("lib", "usr/lib")), Of(Dir("lib"), File("lib/new")))
            .Gives("lib d 755", "lib/new f 644", "usr d 755", "usr/lib d 755", "usr/lib/old f 644").AndWarns("OCI4155");

    [Fact]
    public void A_kept_link_with_children_in_its_target_rule_30()
    {
        _s.With(Of(Dir("usr/lib", mode: "0711"), File("usr/lib/old"), Symlink("lib", "/usr/lib")), Of(Dir("lib", mode: "0777"), File("lib/new")));

        _s.Extract(static r => r with { KeepDirectorySymlinks = true });

        Assert.Equal(["d 755", "lib l 777 /usr/lib", "usr d 755", "usr/lib d 711", "usr/lib/new f 644", "usr/lib/old f 644"], DiskTree.Of(_s.Rootfs));
    }

    [Theory]
    [InlineData("usr/lib")]
    [InlineData("/usr/lib")]
    [InlineData("../../usr/lib")]
    public void An_entry_below_a_linked_parent_rule_31(string target) =>
        _s.With(Of(Dir("usr/lib"), Symlink("lib", target)), Of(File("lib/new"))).Gives("lib l 777 " + target, "usr d 755", "usr/lib d 755", "usr/lib/new f 644");

    [Fact]
    public void The_last_file_of_one_name_rule_32() =>
        _s.With(Of(File("a", "first"), File("b"), File("a", "last", mode: "0600"))).Gives("a f 600", "b f 644").AndReads("a", "last").AndWarns("OCI4154");

    [Fact]
    public void The_last_kind_of_one_name_rule_33() =>
        _s.With(Of(Dir("a"), File("a/f"), File("a", "last"), Symlink("b", "x"), Dir("b"), File("b/g"))).Gives("a f 644", "b d 755", "b/g f 644").AndReads("a", "last");

    [Theory]
    [MemberData(nameof(NoDirectories))]
    public void A_link_is_replaced_and_its_target_untouched_rules_34_35(string kind) =>
        _s.With(Of(File("t", "t", mode: "0600"), File("x"), Symlink("l", "t")), Of(Named("l", kind)))
            .Gives(Line("l", kind), "t f 600", "x f 644").AndReads("t", "t");

    [Fact]
    public void A_parent_that_is_a_file_rule_36()
    {
        _s.With(Of(File("a")), Of(File("a/b")));

        Errors.OciException error = _s.Fails();

        Assert.Equal(("OCI4121", "a/b"), (error.Code, error.Entry));
        Assert.StartsWith("2 of 2", error.Layer, StringComparison.Ordinal);
        Assert.False(Path.Exists(_s["out"]));
    }

    [Fact]
    public void A_dangling_links_target_is_made_inside_the_root_rule_37() =>
        _s.With(Of(Symlink("d/l", "../../x/y"), File("d/l/f"))).Gives("d d 755", "d/l l 777 ../../x/y", "x d 755", "x/y d 755", "x/y/f f 644");

    [Fact]
    public void Missing_parents_have_a_fixed_mode_and_time_rule_38()
    {
        _s.With(Of(File("d/e/f")));

        _s.Extract(static r => r with { SourceDateEpoch = 77 });

        Assert.Equal(["d 755", "d d 755", "d/e d 755", "d/e/f f 644"], DiskTree.Of(_s.Rootfs));
        Assert.Equal(["77.0000000000", "d 77.0000000000", "d/e 77.0000000000", "d/e/f 0.0000000000"], DiskTree.Times(_s.Rootfs));
    }

    [Fact]
    public void A_later_entry_for_an_implied_parent_rule_39()
    {
        _s.With(Of(File("d/f"), Dir("d", mode: "0711", mtime: 5))).Gives("d d 711", "d/f f 644");
        Assert.Contains("d 5.0000000000", DiskTree.Times(_s.Rootfs));
    }

    [Fact]
    public void The_same_layer_twice_rule_82()
    {
        ImageLayer twice = Of(File("a", "1"), Whiteout("b"));
        _s.With(twice, Of(Whiteout("a"), File("b")), twice).Gives("a f 644").AndReads("a", "1");
    }
}
