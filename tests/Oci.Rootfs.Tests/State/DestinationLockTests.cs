using Oci.Rootfs.Context;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>The lock of a place, whose parents the engine may have made.</summary>
public sealed class DestinationLockTests : IDisposable
{
    private readonly StatePlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_build_that_waited_while_the_parents_went_makes_them_again()
    {
        string tree = _place["made/parents/tree"];
        DestinationLock first = DestinationLock.Take(tree, create: true, _place.Context)!;
        using ManualResetEventSlim isWaiting = new();
        Exception? failure = null;
        Thread second = new(() => failure = Record.Exception(() =>
        {
            RootfsLog log = new(_ => isWaiting.Set());
            using DestinationLock? held = DestinationLock.Take(tree, create: true, new(new RootfsLimits(), log, TestContext.Current.CancellationToken));
            Assert.True(held!.State.IsNew);
        }));
        second.Start();
        isWaiting.Wait(TestContext.Current.CancellationToken);

        first.GiveBack();
        Assert.False(Path.Exists(_place["made"]));
        first.Dispose();
        second.Join();

        Assert.Null(failure);
        Assert.True(File.Exists(_place["made/parents/.tree.oci"]));
    }

    [Fact]
    public void Somebody_elses_staging_does_not_become_ours_by_a_build_that_refuses_it()
    {
        Directory.CreateDirectory(_place[".tree.oci-new"]);

        for (int build = 0; build < 2; build++)
        {
            using DestinationLock held = DestinationLock.Take(_place.Tree, create: true, _place.Context)!;
            Assert.Throws<InvalidOperationException>(() => held.Do<int>(static () => throw new InvalidOperationException()));
            Assert.True(held.State.IsNew);
        }
        Assert.False(File.Exists(_place.StateFile));
    }

    [Fact]
    public void The_state_file_stays_with_remains_of_ours()
    {
        using (DestinationLock held = DestinationLock.Take(_place.Tree, create: true, _place.Context)!)
        {
            Directory.CreateDirectory(_place[".tree.oci-new"]);
            held.GiveBack();
        }

        Assert.True(File.Exists(_place.StateFile));
        using DestinationLock next = DestinationLock.Take(_place.Tree, create: true, _place.Context)!;
        new DestinationGuard(next.Destination, next.State, new EngineContext()).RefuseForeignStaging();
    }
}
