using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>A link that leads out of the tree, and then everything that an entry can do through it or to it.</summary>
public sealed class LinkAttackTests : IDisposable
{
    private readonly Attack _attack = new();

    public static MatrixTheoryData<string, string, bool> Ways { get; } = new(
        ["absolute", "relative", "two hops", "many dots"],
        ["write", "overwrite", "make directory", "change directory", "link", "symlink", "FIFO", "device", "whiteout", "opaque", "whiteout of the directory"],
        [false, true]);

    public static MatrixTheoryData<string, string> Ends { get; } = new(
        ["absolute", "relative", "two hops"], ["file", "directory", "symlink", "hardlink", "FIFO", "device", "whiteout", "opaque"]);

    public void Dispose() => _attack.Dispose();

    /// <summary><c>l</c>, which leads to a canary from where the tree is, or looks as if it did.</summary>
    private IEnumerable<TarPart> Link(string way, string canary) => way switch
    {
        "absolute" => [Symlink("l", $"{_attack.Canary}/{canary}")],
        "relative" => [Symlink("l", $"../../canary/{canary}")],
        "two hops" => [Symlink("m", $"../../canary/{canary}"), Symlink("l", "./m")],
        _ => [Symlink("l", string.Concat(Enumerable.Repeat("../", 40)) + $"{_attack.Canary[1..]}/{canary}")],
    };

    private static TarItem Through(string how) => how switch
    {
        "write" => File("l/new", "evil", mode: "0777"),
        "overwrite" => File("l/inside", "evil", mode: "0777"),
        "make directory" => Dir("l/made", mode: "0777"),
        "change directory" => Dir("l/sub", mode: "0777", uid: 12, mtime: 5) with { Xattrs = [Xattr("user.evil", "1")] },
        "link" => Hardlink("l/inside", "x", mode: "0777"),
        "symlink" => Symlink("l/inside", "x"),
        "FIFO" => Fifo("l/inside", mode: "0777"),
        "device" => CharDevice("l/inside", 1, 3, mode: "0777"),
        "whiteout" => Whiteout("l/inside"),
        "opaque" => Opaque("l"),
        _ => Whiteout("l/sub"),
    };

    private static TarItem Over(string how) => how switch
    {
        "file" => File("l", "evil", mode: "0777", uid: 12),
        "directory" => Dir("l", mode: "0777", uid: 12, mtime: 5),
        "symlink" => Symlink("l", "x", uid: 12, mtime: 5),
        "hardlink" => Hardlink("l", "x", mode: "0777"),
        "FIFO" => Fifo("l", mode: "0777"),
        "device" => CharDevice("l", 1, 3, mode: "0777"),
        "whiteout" => Whiteout("l"),
        _ => Opaque("l"),
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Nothing_is_done_through_a_link_that_leads_out_rules_15_31(string way, string how, bool sameLayer)
    {
        TarPart[] first = [File("x", "x"), .. Link(way, "dir")];

        IReadOnlyList<string> tree = sameLayer
            ? _attack.IsHarmless(Of([.. first, Through(how)]))
            : _attack.IsHarmless(Of(first), Of(Through(how)));

        // What it made, it made where the link leads inside the tree.
        bool makes = how is not ("whiteout" or "opaque" or "whiteout of the directory") && (how != "device" || Command.IsRoot);
        string inside = way is "absolute" or "many dots" ? _attack.Canary[1..] + "/dir" : "canary/dir";
        Assert.Equal(makes, tree.Any(l => l.StartsWith(inside + "/", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Nothing_is_done_to_what_a_replaced_link_leads_to_rules_16_34_35(string way, string how)
    {
        _attack.IsHarmless(Of([File("x", "x"), .. Link(way, "file")]), Of(Over(how)));
        _attack.IsHarmless(Of([File("x", "x"), .. Link(way, "dir")]), Of(Over(how)));
        _attack.IsHarmless(Of([File("x", "x"), .. Link(way, "empty"), Over(how)]));
    }

    [Fact]
    public void A_directory_replaced_by_a_link_and_then_written_through_rules_31_33()
    {
        _attack.IsHarmless(Of(Dir("d"), File("d/a"), Symlink("d", _attack.Canary + "/dir"), File("d/inside", "evil"), Dir("d/sub", mode: "0777")));
        _attack.IsHarmless(Of(Dir("d"), File("d/a")), Of(Symlink("d", "../../canary/dir")), Of(File("d/inside", "evil"), Whiteout("d/sub")));
        _attack.IsHarmless(Of(File("d/s/a")), Of(Symlink("d/s", _attack.Canary + "/dir"), File("d/s/inside", "evil")), Of(Opaque("d/s")));
    }

    [Fact]
    public void Names_that_a_file_system_may_take_for_one_are_two_rule_46()
    {
        // Case, composed and decomposed letters, backslashes: a cache that mixes them up writes through the link.
        _attack.IsHarmless(Of(Dir("Dir"), Symlink("dir", _attack.Canary + "/dir"), File("Dir/inside", "evil")));
        _attack.IsHarmless(Of(Dir("é"u8), Symlink("e\u0301", _attack.Canary + "/dir"), File("é/inside"u8, "evil")));
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(Dir("a\\b"), Symlink("a", _attack.Canary + "/dir"), File("a\\inside", "evil"), File("a\\b/f", "evil")));

        Assert.Contains(tree, static l => l.StartsWith("a\\inside f", StringComparison.Ordinal) || l.StartsWith("a\\\\inside f", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chain_of_forty_links_is_followed_inside_and_one_more_is_refused_rule_37()
    {
        TarItem[] chain = [Symlink("l0", _attack.Canary + "/dir"), .. Enumerable.Range(1, 40).Select(static i => Symlink($"l{i}", $"l{i - 1}"))];

        IReadOnlyList<string> tree = _attack.IsHarmless(Of(chain), Of(File("l39/inside", "evil")));

        Assert.Contains($"{_attack.Canary[1..]}/dir/inside f 644", tree);
        _attack.IsRefused("OCI4122", Of(chain), Of(File("l40/inside", "evil")));
        _attack.IsHarmless(Of(chain), Of(Whiteout("l40/inside"), Opaque("l40")));
    }

    [Fact]
    public void A_loop_is_refused_by_entries_and_harmless_for_whiteouts_rule_37()
    {
        TarItem[] loop = [Symlink("a", "b"), Symlink("b", "/a"), Symlink("self", "self/x")];
        _attack.IsRefused("OCI4122", Of(loop), Of(File("a/f")));
        _attack.IsRefused("OCI4122", Of([.. loop, Dir("self/f")]));
        _attack.IsHarmless(Of(loop), Of(Whiteout("a/f"), Opaque("b"), Whiteout("self/f")));
    }

    [Theory]
    [InlineData("OCI4123", "/etc/passwd")]
    [InlineData("OCI4110", "../x")]
    [InlineData("OCI4110", "../../canary/file")]
    [InlineData("OCI4110", "x/../../../canary/file")]
    [InlineData("OCI4123", "CANARY/file")]
    [InlineData("OCI4123", "l/inside")]
    [InlineData("OCI4123", "r/inside")]
    [InlineData("OCI4123", "proc/self/root/etc/passwd")]
    public void A_hardlink_to_a_file_of_the_host_is_refused_rules_56_57(string code, string target) =>
        _attack.IsRefused(code, Of(
            File("x"), Symlink("l", _attack.Canary + "/dir"), Symlink("r", "../../canary/dir"),
            Hardlink("h", target.Replace("CANARY", _attack.Canary, StringComparison.Ordinal), mode: "6777")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_hardlink_to_a_link_that_leads_out_with_another_mode_changes_nothing_rules_53_59(bool absolute)
    {
        string target = absolute ? _attack.Canary + "/file" : "../../canary/file";

        IReadOnlyList<string> tree = _attack.IsHarmless(
            Of(Symlink("l", target)), Of(Hardlink("h", "l", mode: "4777", uid: 12, gid: 34, mtime: 5) with { Xattrs = [Xattr("user.evil", "1")] }));

        Assert.Equal(["d 755", "h l 777 " + target, "l l 777 " + target], tree);
        _attack.IsHarmless(Of(Symlink("l", target)), Of(Hardlink("h", "l")), Of(File("h", "evil", mode: "0777"), File("l", "evil")));
    }

    [Fact]
    public void A_kept_link_that_leads_out_keeps_its_children_inside_rule_30()
    {
        _attack.S.With(Of(Dir("usr"), Symlink("lib", _attack.Canary + "/dir"), Dir(_attack.Canary + "/dir")), Of(Dir("lib", mode: "0777", uid: 12), File("lib/inside", "evil"), Opaque("lib"), Whiteout("lib/sub")));

        IReadOnlyList<string> tree = _attack.IsHarmlessAsSaved(static r => r with { KeepDirectorySymlinks = true });

        Assert.Contains($"{_attack.Canary[1..]}/dir/inside f 644", tree);
    }

    [Fact]
    public void A_path_of_links_that_is_longer_than_the_kernels_longest_resolves_inside_rule_37()
    {
        // Python's and others' checks believed realpath, which gives up at PATH_MAX; here nothing asks the kernel.
        string component = new('d', 247);
        List<TarPart> layer = [];
        string path = "";
        foreach (char letter in "abcdefghijklmnop")
        {
            layer.Add(Dir(path + component));
            layer.Add(Symlink(path + letter, component));
            path += letter + "/";
        }
        layer.Add(Symlink(path + "up", string.Concat(Enumerable.Repeat("../", 16))));
        layer.Add(Symlink("escape", path + "up/../../canary/dir"));

        _attack.IsHarmless(Of(layer), Of(File("escape/inside", "evil")));
    }
}
