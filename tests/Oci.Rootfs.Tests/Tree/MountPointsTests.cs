using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tests.Outputs;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>The directories that a request adds to a merged tree, and what they must not touch.</summary>
public sealed class MountPointsTests
{
    private readonly TreeBuilder _tree = new();
    private readonly List<RootfsMessage> _messages = [];

    [Fact]
    public void An_empty_tree_gets_the_usual_directories()
    {
        Make().AddUsual();

        Assert.Equal(["", "dev", "proc", "run", "sys", "tmp", "usr"], Names());
        Assert.All(Names()[1..], name => Assert.Equal((EntryKind.Directory, 0u, 0u, 42L, name == "tmp" ? 0x3ffu : 0x1edu),
            (At(name)!.Kind, At(name)!.Uid, At(name)!.Gid, At(name)!.Mtime.Seconds, At(name)!.Mode)));
    }

    [Fact]
    public void What_is_there_stays_as_it_is()
    {
        Inode directory = TreeBuilder.Directory("0700"), link = Link("nowhere"), file = File();
        _tree.Add("tmp", directory);
        _tree.Add("run", link);
        _tree.Add("proc", file);

        Make().AddUsual();

        Assert.Same(directory, At("tmp"));
        Assert.Same(link, At("run"));
        Assert.Same(file, At("proc"));
        Assert.Equal("0700", Convert.ToString(directory.Mode, 8).PadLeft(4, '0'));
    }

    [Fact]
    public void A_name_that_the_image_has_removed_is_no_directory_and_gets_one()
    {
        int path = _tree.Add("usr", TreeBuilder.Directory());
        _tree.Tree.Clear(path);

        Make().AddUsual();

        Assert.Equal(EntryKind.Directory, At("usr")!.Kind);
    }

    [Theory]
    [InlineData("/data")]
    [InlineData("data")]
    [InlineData("//./data/.")]
    [InlineData("/../data/x/..", "data", "data/x")]
    [InlineData("/srv/a/b", "srv", "srv/a", "srv/a/b")]
    [InlineData("/")]
    [InlineData("")]
    public void A_volume_gets_its_directory_and_its_parents(string volume, params string[] expected)
    {
        Make().AddVolumes([volume]);

        string[] names = expected.Length == 0 && volume.Contains("data", StringComparison.Ordinal) ? ["data"] : expected;
        Assert.Equal(["", .. names], Names());
        Assert.All(names, name => Assert.Equal((0x1edu, 42L), (At(name)!.Mode, At(name)!.Mtime.Seconds)));
        Assert.Empty(_messages);
    }

    [Theory]
    [InlineData("../../../var/data")]
    [InlineData("/var/data")]
    public void Links_are_followed_inside_the_root(string target)
    {
        _tree.Add("link", Link(target));

        Make().AddVolumes(["/link/x"]);

        Assert.Equal(["", "link", "var", "var/data", "var/data/x"], Names());
    }

    [Fact]
    public void A_volume_that_is_there_stays_as_it_is()
    {
        _tree.Add("data", TreeBuilder.Directory("0700"));

        Make().AddVolumes(["/data"]);

        Assert.Equal(0x1c0u, At("data")!.Mode);
    }

    [Theory]
    [InlineData("/file", "something else than a directory is in its way")]
    [InlineData("/file/x", "something else than a directory is in its way")]
    [InlineData("/loop/x", "its path leads through too many links")]
    [InlineData("/.wh.x", "a part of its path can be no name of a directory")]
    [InlineData("/.wh..wh..opq", "a part of its path can be no name of a directory")]
    [InlineData("/a\0b", "a part of its path can be no name of a directory")]
    [InlineData("/whiteout", "a part of its path can be no name of a directory")]
    public void A_volume_that_can_be_no_directory_is_a_warning(string volume, string why)
    {
        _tree.Add("file", File());
        _tree.Add("loop", Link("loop"));
        _tree.Add("whiteout", Link(".wh.file"));

        Make().AddVolumes([volume]);

        Assert.Equal(["", "file", "loop", "whiteout"], Names());
        RootfsMessage warning = Assert.Single(_messages);
        Assert.Equal("OCI4160", warning.Code);
        Assert.Contains(why, warning.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(200, 21)]
    public void A_volume_longer_than_Linux_allows_is_a_warning(int length, int components)
    {
        Make().AddVolumes([string.Join('/', Enumerable.Repeat(new string('x', length), components))]);

        Assert.Equal(["OCI4160"], _messages.Select(static m => m.Code));
        Assert.Equal([""], Names());
    }

    [Fact]
    public void The_limits_hold_for_volumes()
    {
        Assert.Equal("OCI4211", Assert.Throws<OciException>(() => Make(new RootfsLimits { MaxNodes = 3 }).AddVolumes(["/a/b/c"])).Code);
        Assert.Equal("OCI4213", Assert.Throws<OciException>(() => Make(new RootfsLimits { MaxPathDepth = 2 }).AddVolumes(["/a/b/c"])).Code);
        Assert.Throws<OciException>(() => Make(new RootfsLimits { MaxResolutionSteps = 1 }).AddVolumes([.. Enumerable.Repeat("/./././.", 1024)]));
    }

    private MountPoints Make(RootfsLimits? limits = null) => new(_tree.Tree, 42, new TreeLimits(limits ?? new RootfsLimits()), new EngineContext(new RootfsLimits(), new RootfsLog(_messages.Add)));

    private string[] Names() => [.. _tree.Tree.InOrder().Select(path => Encoding.UTF8.GetString(_tree.Tree.Paths.Bytes(path)))];

    private Inode? At(string name) => _tree.Tree.InOrder().Where(path => Encoding.UTF8.GetString(_tree.Tree.Paths.Bytes(path)) == name).Select(path => _tree.Tree[path]).SingleOrDefault();

    private static Inode Link(string target) => new() { Kind = EntryKind.Symlink, SymlinkTarget = Encoding.UTF8.GetBytes(target) };

    private static Inode File() => new() { Kind = EntryKind.File };
}
