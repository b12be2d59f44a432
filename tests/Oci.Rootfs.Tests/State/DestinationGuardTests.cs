using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>What may be replaced or removed: nothing, an empty directory, and what the state file names.</summary>
public sealed class DestinationGuardTests : IDisposable
{
    private readonly StatePlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Nothing_there_is_fine() => new DestinationGuard(_place.Destination, null, new EngineContext()).RefuseForeign();

    [Fact]
    public void An_empty_directory_is_fine_with_a_state_file_and_without()
    {
        Directory.CreateDirectory(_place.Tree);
        new DestinationGuard(_place.Destination, null, new EngineContext()).RefuseForeign();
        using StateFile state = _place.Acquire();
        new DestinationGuard(_place.Destination, state, new EngineContext()).RefuseForeign();
    }

    [Fact]
    public void A_tree_that_the_state_file_names_is_fine()
    {
        _place.WithOurTree();
        using StateFile state = _place.Acquire();

        new DestinationGuard(_place.Destination, state, new EngineContext()).RefuseForeign();
    }

    [Fact]
    public void Either_of_two_trees_that_the_state_file_names_is_fine()
    {
        _place.WithOurTree();
        using StateFile state = _place.Acquire();
        state.Write(state.Content with { Key = null, Trees = [new TreeIdentity(1, 2, 3, 7), .. state.Content.Trees] });

        new DestinationGuard(_place.Destination, state, new EngineContext()).RefuseForeign();
    }

    [Fact]
    public void Files_without_a_state_file_are_somebody_elses()
    {
        _place.WithOurTree();

        IsRefused("OCI5001", null);
    }

    [Fact]
    public void Files_beside_a_new_state_file_are_somebody_elses()
    {
        Directory.CreateDirectory(_place["tree/precious"]);
        using StateFile state = _place.Acquire();

        IsRefused("OCI5001", state);
    }

    [Fact]
    public void Another_directory_in_our_trees_place_is_somebody_elses()
    {
        _place.WithOurTree();
        Directory.Move(_place.Tree, _place["kept"]);
        Directory.CreateDirectory(_place["tree/precious"]);
        using StateFile state = _place.Acquire();

        IsRefused("OCI5001", state);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_or_a_link_to_our_own_tree_is_refused(bool link)
    {
        _place.WithOurTree();
        Directory.Move(_place.Tree, _place["kept"]);
        if (link)
            File.CreateSymbolicLink(_place.Tree, "kept");
        else
            File.WriteAllText(_place.Tree, "precious");
        using StateFile state = _place.Acquire();

        IsRefused("OCI5002", state);
    }

    [Theory]
    [InlineData(".tree.oci-new")]
    [InlineData(".tree.oci-aside")]
    [InlineData(".tree.oci-left1")]
    public void What_bears_the_names_of_our_staging_is_ours_only_beside_a_state_file_from_before(string name)
    {
        Directory.CreateDirectory(_place[name]);
        using (StateFile state = _place.Acquire())
        {
            Assert.Equal("OCI5010", Assert.Throws<OciException>(new DestinationGuard(_place.Destination, state, new EngineContext()).RefuseForeignStaging).Code);
            state.Write(StatePlace.ContentFor());
        }
        using StateFile known = _place.Acquire();
        new DestinationGuard(_place.Destination, known, new EngineContext()).RefuseForeignStaging();
    }

    private void IsRefused(string code, StateFile? state) =>
        Assert.Equal(code, Assert.Throws<OciException>(new DestinationGuard(_place.Destination, state, new EngineContext()).RefuseForeign).Code);
}
