using Oci.Rootfs.Context;

namespace Oci.Rootfs.State;

/// <summary>The place of one tree while it is worked on: the directory that holds it, and the state file in there, locked.</summary>
internal sealed class DestinationLock : IDisposable
{
    private DestinationLock(Destination destination, StateFile state)
    {
        Destination = destination;
        State = state;
    }

    public Destination Destination { get; }

    public StateFile State { get; }

    /// <summary>Waits for another build that works there.</summary>
    /// <param name="path">The tree's, absolute.</param>
    /// <param name="create">Makes missing parents and the state file; where that fails they are taken back.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>Null where there is no state file and none is to be made.</returns>
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

    /// <summary>Works there. Where that fails and no tree has come about, state file and parents that were made for it go again.</summary>
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

    /// <summary>Removes the state file, and the parents that were made.</summary>
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
