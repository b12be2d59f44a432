using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>Names that lead out of the tree, and nodes that would do harm if they were opened.</summary>
public sealed class NameAttackTests : IDisposable
{
    private readonly Attack _attack = new();

    public static TheoryData<string> Kinds => ["file", "directory", "symlink", "hardlink", "FIFO", "device", "whiteout"];

    public void Dispose() => _attack.Dispose();

    private static TarItem Named(TarText name, string kind) => kind switch
    {
        "file" => File(name, "evil", mode: "0777"),
        "directory" => Dir(name, mode: "0777"),
        "symlink" => Symlink(name, "x"),
        "hardlink" => Hardlink(name, "x"),
        "FIFO" => Fifo(name),
        "device" => CharDevice(name, 1, 3),
        _ => Whiteout(name),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_parent_component_is_refused_rules_41_42(string kind)
    {
        foreach (string name in (string[])["../x", "../../canary/file", "a/../../x", "../rootfs-evil/keep", "../rootfs.d/x", "./../x", "/../x", "a/b/../c"])
            _attack.IsRefused("OCI4101", Of(File("x"), Named(name, kind)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_absolute_name_is_inside_the_tree_rule_40(string kind) =>
        _attack.IsHarmless(Of(File("x")), Of(Named(_attack.Canary + "/file", kind), Named("/etc/passwd", kind), Named("//etc//shadow", kind)));

    [Fact]
    public void A_name_that_begins_like_the_destinations_neighbour_is_inside_the_tree_rule_40()
    {
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(
            File("rootfs-evil/keep", "evil"), Symlink("l", "../rootfs-evil"), File("l/keep", "evil", mode: "0777"), Whiteout("l/keep"),
            Symlink("m", _attack.S.Rootfs + "-evil"), File("m/keep", "evil")));

        Assert.Contains("rootfs-evil/keep f 777", tree);
        Assert.Contains($"{_attack.S.Rootfs[1..]}-evil/keep f 644", tree);
    }

    [Fact]
    public void Our_own_names_in_an_image_are_names_like_others()
    {
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(
            File(".rootfs.oci", "evil"), File(".rootfs.oci-new/f", "evil"), Dir(".rootfs.oci-aside", mode: "0000"), Symlink(".oci-moved-0", _attack.Canary), File("probe", "evil"), File("0-0", "evil")));

        Assert.Equal(8, tree.Count);
    }

    [Theory]
    [InlineData("symlink")]
    [InlineData("file")]
    [InlineData("hardlink")]
    [InlineData("FIFO")]
    [InlineData("device")]
    public void A_root_that_is_no_directory_is_refused_rule_44(string kind)
    {
        foreach (string name in (string[])["./", ".", "/", ".//./"])
            _attack.IsRefused("OCI4104", Of(File("x"), kind == "symlink" ? Symlink(name, _attack.Canary) : Named(name, kind)), Of(File("inside", "evil")));
    }

    [Fact]
    public void A_name_that_is_empty_or_has_a_NUL_is_refused_rule_44()
    {
        _attack.IsRefused("OCI4010", Of(File("x") with { Pax = [Tars.Record("path", "../../canary/file\0x"u8)] }));
        _attack.IsRefused("OCI4010", Of(Symlink("x", "y") with { Pax = [Tars.Record("linkpath", "a\0b"u8)] }));
        _attack.IsRefused("OCI4009", Of(File("")));
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData("d/.wh..")]
    [InlineData("d/.wh...")]
    public void A_whiteout_of_the_directory_itself_or_its_parent_is_refused_rules_17_18_19(string name)
    {
        Assert.Equal(name, _attack.IsRefused("OCI4106", Of(Dir("d"), File("d/f")), Of(File(name))).Entry);
        _attack.IsRefused("OCI4106", Of(Dir("d"), Symlink(name, "x"), Dir(name)));
    }

    [Theory]
    [InlineData(".wh.etc/y")]
    [InlineData("a/.wh.etc/b/y")]
    [InlineData(".wh.../y")]
    public void A_whiteout_as_a_parent_is_refused_rule_23(string name) => _attack.IsRefused("OCI4107", Of(File("etc/f")), Of(File(name)));

    [Fact]
    public void A_component_that_is_too_long_is_refused_rule_47() => _attack.IsRefused("OCI4105", Of(File(new string('x', 256) + "/f")));

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 5)]
    [InlineData(1, 1)]
    public void A_device_and_then_a_write_to_it_is_a_file(int major, int minor)
    {
        Assert.Contains("null f 644", _attack.IsHarmless(Of(CharDevice("null", major, minor, mode: "0666"), File("null", "evil"))));
        Assert.Contains("null f 644", _attack.IsHarmless(Of(CharDevice("null", major, minor, mode: "0666")), Of(Hardlink("h", "null")), Of(File("null", "evil"), File("h", "evil"))));
        Assert.Contains("l f 644", _attack.IsHarmless(Of(BlockDevice("sda", 7, 0), Symlink("l", "sda")), Of(File("l", "evil"))));
        _attack.IsRefused("OCI4121", Of(CharDevice("null", major, minor)), Of(File("null/f", "evil")));
    }

    [Fact]
    public void A_FIFO_is_opened_by_nothing()
    {
        _attack.IsHarmless(Of(Fifo("p", mode: "0000")), Of(Hardlink("q", "p", mode: "0666"), Dir("d", mode: "0000")), Of(Symlink("l", "q"), File("f")));
        Assert.Contains("p f 644", _attack.IsHarmless(Of(Fifo("p"), Hardlink("q", "p"), File("p", "1"))));
    }

    [Theory]
    [InlineData('V')]
    [InlineData('M')]
    [InlineData('D')]
    [InlineData('N')]
    [InlineData('Z')]
    [InlineData('s')]
    [InlineData('\xff')]
    public void A_type_that_no_layer_has_is_refused_rules_72_81(char type) => _attack.IsRefused("OCI4008", Of(File("f") with { Type = type }));
}
