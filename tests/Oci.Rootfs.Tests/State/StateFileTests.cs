using Oci.Rootfs.Context;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>The state file on disk: made once, locked, written whole, and believed only as far as it can be.</summary>
public sealed class StateFileTests : IDisposable
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly StatePlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Where_there_is_none_and_none_is_to_be_made_there_is_none()
    {
        Assert.Null(_place.Destination.AcquireState(create: false, _place.Context));
        Assert.False(File.Exists(_place.StateFile));
    }

    [Fact]
    public void A_new_one_says_nothing_and_is_its_owners_alone()
    {
        using StateFile state = _place.Acquire();

        Assert.True(state.IsNew);
        Assert.Equal((null, false), (state.Content.Key, state.Content.HoldsTrees));
        Assert.Empty(state.Content.Trees);
        Assert.Equal(OwnersAlone, File.GetUnixFileMode(_place.StateFile));
    }

    [Fact]
    public void What_one_build_writes_the_next_one_reads()
    {
        using (StateFile first = _place.Acquire())
            first.Write(StatePlace.ContentFor(new TreeIdentity(1, 2, 3, 7)));

        using StateFile second = _place.Acquire();

        Assert.False(second.IsNew);
        Assert.Equal("sha256:key", second.Content.Key);
        Assert.Equal([new TreeIdentity(1, 2, 3, 7)], second.Content.Trees);
    }

    [Fact]
    public void A_shorter_text_leaves_nothing_of_a_longer_one_and_the_file_does_not_shrink()
    {
        using (StateFile first = _place.Acquire())
        {
            first.Write(StatePlace.ContentFor([.. Enumerable.Range(0, 500).Select(static i => new TreeIdentity(1, (ulong)i, 0, 7))]));
            long length = new FileInfo(_place.StateFile).Length;
            first.Write(StatePlace.ContentFor(new TreeIdentity(1, 2, 3, 7)));
            Assert.Equal(length, new FileInfo(_place.StateFile).Length);
        }

        using StateFile second = _place.Acquire();

        Assert.Equal([new TreeIdentity(1, 2, 3, 7)], second.Content.Trees);
    }

    [Fact]
    public void One_that_is_too_long_says_nothing_and_can_be_written_again()
    {
        _place.Acquire().Dispose();
        File.WriteAllText(_place.StateFile, """{"format":1,"key":"k","boot":"","trees":[],"paths":0,"layerOrder":[],"outputs":{}}""" + new string(' ', 2 << 20));

        using (StateFile second = _place.Acquire())
        {
            Assert.False(second.IsNew);
            Assert.Empty(second.Content.Trees);
            second.Write(StatePlace.ContentFor(new TreeIdentity(4, 5, 6, 7)));
        }
        using StateFile third = _place.Acquire();
        Assert.Equal([new TreeIdentity(4, 5, 6, 7)], third.Content.Trees);
    }

    [Fact]
    public void One_that_is_held_is_waited_for_and_the_wait_can_be_cancelled()
    {
        using StateFile held = _place.Acquire();
        using CancellationTokenSource cancellation = new();
        List<string> said = [];
        EngineContext waiting = new(new RootfsLimits(), new RootfsLog(message =>
        {
            said.Add(message.Text);
            cancellation.Cancel();
        }), cancellation.Token);

        Assert.Throws<OperationCanceledException>(() => _place.Destination.AcquireState(create: true, waiting));

        Assert.Equal([$"Waiting for another build that works on '{_place.Tree}'."], said);
    }

    [Fact]
    public void After_its_removal_the_next_one_is_new()
    {
        using (StateFile first = _place.Acquire())
        {
            first.Write(StatePlace.ContentFor(new TreeIdentity(1, 2, 3, 7)));
            first.Remove();
        }
        using StateFile second = _place.Acquire();

        Assert.True(second.IsNew);
    }
}
