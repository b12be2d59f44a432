using Oci.Rootfs.Errors;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>Removing trees of ours, and no others.</summary>
public sealed class OwnedTreesTests : IDisposable
{
    private readonly StatePlace _place = new();

    public void Dispose() => _place.Dispose();

    private static IEnumerable<string> OfNone(string tree) => [];

    [Fact]
    public void A_file_that_the_build_would_not_write_stays_whatever_the_state_file_says()
    {
        File.WriteAllText(_place["theirs"], "x");
        _place.WithOurTree("goes", new WrittenFile(_place["theirs"], 1));

        OwnedTrees.RemoveWithin(_place.Directory, new HashSet<string>(), OfNone, _place.Context);

        Assert.Equal(["theirs"], Directory.GetFileSystemEntries(_place.Directory).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("no/parent")]
    public void Where_nothing_is_nothing_is_removed(string name)
    {
        Assert.Null(OwnedTrees.Remove(_place[name], OfNone, _place.Context));
        Assert.Empty(Directory.GetFileSystemEntries(_place.Directory));
    }

    [Fact]
    public void Our_tree_goes_with_its_state_file_and_what_a_killed_build_left()
    {
        _place.WithOurTree();
        Directory.CreateDirectory(_place[".tree.oci-new/d"]);
        Directory.CreateDirectory(_place[".tree.oci-aside/d"]);

        Assert.Equal(2, OwnedTrees.Remove(_place.Tree, OfNone, _place.Context)!.Paths);

        Assert.Empty(Directory.GetFileSystemEntries(_place.Directory));
        Assert.Empty(_place.Messages);
    }

    [Fact]
    public void The_files_written_with_a_tree_are_told_and_stay()
    {
        File.WriteAllText(_place["json"], "x");
        _place.WithOurTree(outputs: new WrittenFile(_place["json"], 1));

        Assert.Equal([new WrittenFile(_place["json"], 1)], OwnedTrees.Remove(_place.Tree, OfNone, _place.Context)!.Outputs);

        Assert.True(File.Exists(_place["json"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Somebody_elses_directory_stays(bool hasStateFile)
    {
        if (hasStateFile)
        {
            _place.WithOurTree();
            Directory.Move(_place.Tree, _place["kept"]);
        }
        Directory.CreateDirectory(_place["tree/precious"]);

        Assert.Equal("OCI5001", Assert.Throws<OciException>(() => OwnedTrees.Remove(_place.Tree, OfNone, _place.Context)).Code);

        Assert.True(Directory.Exists(_place["tree/precious"]));
        Assert.Equal(hasStateFile, File.Exists(_place.StateFile));
    }

    [Fact]
    public void Within_a_directory_all_of_ours_go_with_their_files_but_those_that_are_to_stay()
    {
        File.WriteAllText(_place["json"], "x");
        _place.WithOurTree("goes", new WrittenFile(_place["json"], 1), new WrittenFile(_place["absent/json"], 1)).WithOurTree("stays");
        Directory.CreateDirectory(_place["theirs/precious"]);

        OwnedTrees.RemoveWithin(_place.Directory, new HashSet<string> { "stays" }, _ => [_place["json"], _place["absent/json"]], _place.Context);

        Assert.Equal([".stays.oci", "stays", "theirs"], Directory.GetFileSystemEntries(_place.Directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_directory_that_holds_trees_goes_with_them()
    {
        Directory.CreateDirectory(_place.Tree);
        using (StateFile state = _place.Acquire())
            state.Write(StatePlace.ContentFor(_place.IdentityOf("tree")) with { Key = StateContent.KeyOfTrees });
        _place.WithOurTree("tree/a").WithOurTree("tree/b");

        OwnedTrees.Remove(_place.Tree, OfNone, _place.Context);

        Assert.Empty(Directory.GetFileSystemEntries(_place.Directory));
        Assert.Empty(_place.Messages);
    }

    [Fact]
    public void The_names_of_trees_are_those_of_their_state_files()
    {
        foreach (string file in (string[])[".a.oci", ".b.c.oci", ".oci", ".d.oci-new", "e.oci"])
            File.WriteAllText(_place[file], "");

        Assert.Equal(["a", "b.c"], OwnedTrees.NamesWithin(_place.Directory).Order(StringComparer.Ordinal));
        Assert.Empty(OwnedTrees.NamesWithin(_place["nothing"]));
    }
}
