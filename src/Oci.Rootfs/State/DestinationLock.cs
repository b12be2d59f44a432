using Oci.Rootfs.Context;

namespace Oci.Rootfs.State;

/// <summary>The locked place of one tree: its parent directory and the locked state file in there.</summary>
internal sealed class DestinationLock : IDisposable
{
    private DestinationLock(Destination destination, StateFile state)
    {
        Destination = destination;
        State = state;
    }

    public Destination Destination { get; }

    public StateFile State { get; }

    /// <summary>Takes the lock. It waits for another build that works there.</summary>
    /// <param name="path">The absolute path of the tree.</param>
    /// <param name="create">Makes missing parents and the state file. After a failure the engine removes them again.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>Null where there is no state file and <paramref name="create"/> is false.</returns>
    public static DestinationLock? Take(string path, bool create, EngineContext context)
    {
        Destination? destination = Destination.Open(path, create);
        StateFile? state = null;
        try
        {
            state = destination is null ? null : destination.AcquireState(create, context);
            return state is null ? null : new DestinationLock(destination!, state);
        }
        catch
        {
            destination?.RemoveMadeParents();
            throw;
        }
        finally
        {
            if (state is null)
                destination?.Dispose();
        }
    }

    /// <summary>Runs the work. After a failure without a tree, it removes the state file and the parents that the engine made.</summary>
    public T Do<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch when (State.IsNew && State.Content.Trees.Count == 0)
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>Removes the state file and the parents that the engine made.</summary>
    public void GiveBack()
    {
        State.Remove();
        Destination.RemoveMadeParents();
    }

    public void Dispose()
    {
        State.Dispose();
        Destination.Dispose();
    }
}
