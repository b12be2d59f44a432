using System.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests;

public sealed class PathTableTests
{
    [Fact]
    public void A_path_is_found_again_and_spelled_as_it_was_given()
    {
        PathTable paths = new();
        int usr = paths.GetOrAdd(PathTable.Root, "usr"u8);
        int lib = paths.GetOrAdd(usr, [0xff, (byte)'\n']);

        Assert.Equal(lib, paths.GetOrAdd(usr, [0xff, (byte)'\n']));
        Assert.Equal(PathTable.None, paths.Find(PathTable.Root, [0xff, (byte)'\n']));
        Assert.Equal([(byte)'u', (byte)'s', (byte)'r', (byte)'/', 0xff, (byte)'\n'], paths.Bytes(lib));
        Assert.Empty(paths.Bytes(PathTable.Root));
        Assert.Equal(2, paths.Depth(lib));
    }

    [Fact]
    public void Many_names_in_one_directory_are_all_children_and_all_found()
    {
        PathTable paths = new();
        int[] added = [.. Enumerable.Range(0, 100_000).Select(i => paths.GetOrAdd(PathTable.Root, Encoding.ASCII.GetBytes($"file-{i}")))];

        HashSet<int> children = [];
        for (int child = paths.FirstChild(PathTable.Root); child != PathTable.None; child = paths.NextSibling(child))
            children.Add(child);

        Assert.Equal(added.ToHashSet(), children);
        Assert.All(Enumerable.Range(0, 100_000), i => Assert.Equal(added[i], paths.Find(PathTable.Root, Encoding.ASCII.GetBytes($"file-{i}"))));
    }
}
