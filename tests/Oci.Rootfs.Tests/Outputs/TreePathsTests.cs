using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>Paths in a finished tree, as a process with that root directory would walk them.</summary>
public sealed class TreePathsTests
{
    private readonly TreeBuilder _tree = new();
    private readonly Inode _file = new() { Kind = EntryKind.File };

    public TreePathsTests()
    {
        _tree.Add("etc", TreeBuilder.Directory());
        _tree.Add("usr", TreeBuilder.Directory());
        _tree.Add("usr/lib", TreeBuilder.Directory());
    }

    [Theory]
    [InlineData("../usr/lib/passwd")]
    [InlineData("/usr/lib/passwd")]
    [InlineData("//usr/./lib//passwd")]
    [InlineData("../../../../../usr/lib/passwd")]
    [InlineData("/../usr/lib/../lib/passwd")]
    public void A_link_leads_to_a_file_inside_the_root_wherever_it_points(string target)
    {
        _tree.Add("usr/lib/passwd", _file);
        Link("etc/passwd", target);

        Assert.Same(_file, Find("etc/passwd"));
    }

    [Fact]
    public void Links_to_links_and_links_as_directories_are_followed()
    {
        _tree.Add("usr/lib/passwd", _file);
        Link("usr/etc", "/usr/lib");
        Link("etc/conf", "../usr/etc");
        Link("etc/passwd", "conf/passwd");

        Assert.Same(_file, Find("etc/passwd"));
    }

    [Theory]
    [InlineData("passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("nowhere")]
    [InlineData("/")]
    [InlineData("/usr/lib/file/below")]
    [InlineData("/usr/lib/file/..")]
    [InlineData("/usr/lib/file/")]
    public void A_link_that_loops_or_leads_to_nothing_leads_to_no_file(string target)
    {
        _tree.Add("usr/lib/file", _file);
        Link("etc/passwd", target);

        Assert.NotEqual(EntryKind.File, Find("etc/passwd")?.Kind);
    }

    [Fact]
    public void A_loop_of_links_whose_targets_grow_ends()
    {
        Link("etc/passwd", "passwd/" + string.Concat(Enumerable.Repeat("x/", 2000)));

        Assert.Null(Find("etc/passwd"));
    }

    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void As_many_links_as_Linux_follows_are_followed(int links, bool isFound)
    {
        _tree.Add("etc/0", _file);
        for (int i = 1; i <= links; i++)
            Link($"etc/{i}", $"{i - 1}");

        Assert.Equal(isFound, Find($"etc/{links}") is not null);
    }

    private void Link(string path, string target) => _tree.Add(path, new Inode { Kind = EntryKind.Symlink, SymlinkTarget = Encoding.UTF8.GetBytes(target) });

    private Inode? Find(string path) => TreePaths.Find(_tree.Tree, Encoding.UTF8.GetBytes(path), new EngineContext());
}
