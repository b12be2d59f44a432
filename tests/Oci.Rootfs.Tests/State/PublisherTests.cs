using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.State;
using Oci.Rootfs.Tests.Faults;

namespace Oci.Rootfs.Tests.State;

/// <summary>The order in which a tree is put in place: at every moment the state file names the directory that stands.</summary>
public sealed class PublisherTests : IDisposable
{
    private readonly StatePlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_first_tree_is_put_in_place_with_its_files_and_named()
    {
        using StateFile state = _place.Acquire();

        TreeIdentity tree = Publish(state, _place["json"]);

        ShouldStand("new", tree);
        Assert.Equal("json", File.ReadAllText(_place["json"]));
        Assert.Equal(("sha256:new", 2L), (state.Content.Key, state.Content.Paths));
        Assert.Equal([tree], state.Content.Trees);
        Assert.Equal([(_place["json"], 4L, "")], state.Content.Outputs.Select(static o => (o.Path, o.Length, o.Key)));
    }

    [Fact]
    public void A_new_tree_takes_the_old_ones_place_and_alone_is_named()
    {
        _place.WithOurTree();
        using StateFile state = _place.Acquire();

        TreeIdentity tree = Publish(state);

        ShouldStand("new", tree);
        Assert.Equal([tree], state.Content.Trees);
        Assert.Empty(_place.Messages);
    }

    [Fact]
    public void Files_of_others_that_go_with_the_old_tree_are_told()
    {
        _place.WithOurTree();
        File.WriteAllText(_place["tree/theirs"], "");
        using StateFile state = _place.Acquire();

        Publish(state);

        RootfsMessage warning = Assert.Single(_place.Messages);
        Assert.Equal("OCI5101", warning.Code);
        Assert.Contains("1 or more", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_can_not_be_put_in_place_brings_the_old_tree_back_as_one_that_is_not_up_to_date()
    {
        _place.WithOurTree();
        TreeIdentity old = _place.IdentityOf("tree");
        Directory.CreateDirectory(_place["json/in the way"]);
        using StateFile state = _place.Acquire();

        Assert.Equal("OCI5011", Assert.Throws<OciException>(() => Publish(state, _place["json"])).Code);

        ShouldStand("ours", old);
        Assert.Null(state.Content.Key);
        Assert.Equal([old], state.Content.Trees);
    }

    [Fact]
    public void A_file_that_can_not_be_put_in_place_with_a_first_tree_leaves_none()
    {
        Directory.CreateDirectory(_place["json/in the way"]);
        using StateFile state = _place.Acquire();

        Assert.Throws<OciException>(() => Publish(state, _place["json"]));

        Assert.False(Path.Exists(_place.Tree));
        Assert.Empty(state.Content.Trees);
    }

    /// <summary>Before the exchange, after it, and between two of the outputs.</summary>
    [Theory]
    [InlineData("renameat2", 1)]
    [InlineData("rename", 1)]
    [InlineData("rename", 2)]
    public void Killed_while_trees_are_exchanged_the_state_file_names_both_and_no_key(string call, int number)
    {
        using TwoImages images = new TwoImages().WithOld();

        Assert.NotEqual(0, Strace.Kill(call, number, images.Arguments).ExitCode);

        using Destination destination = Destination.Open(images.Rootfs, create: false)!;
        using StateFile state = destination.AcquireState(create: false, _place.Context)!;
        Assert.Null(state.Content.Key);
        Assert.Equal(2, state.Content.Trees.Count);
        foreach (byte[] name in (byte[][])[destination.Name, destination.StagingName])
            Assert.True(state.Owns(destination.Parent.Stat(name)!.Value));
    }

    /// <summary>A tree of two paths.</summary>
    private TreeIdentity Publish(StateFile state, params string[] outputs)
    {
        using DirectoryHandle staging = _place.Destination.MakePrivate(_place.Destination.StagingName);
        File.WriteAllText(_place[".tree.oci-new/f"], "new");
        OutputFile[] files = [.. outputs.Select(static path => OutputFile.Prepare(path, static stream => stream.Write("json"u8)))];
        new Publisher(_place.Destination, state, _place.Context).Publish(staging, "sha256:new", [0], 2, files, new ArchiveWork(new ArchiveKeys("", ""), [], []) { KeysOf = static _ => new ArchiveKeys("", "") }, []);
        return StateFile.Identity(staging.StatSelf()!.Value);
    }

    private void ShouldStand(string content, TreeIdentity tree)
    {
        Assert.Equal(content, File.ReadAllText(_place["tree/f"]));
        Assert.True(_place.IdentityOf("tree").IsSameAs(tree));
    }
}
