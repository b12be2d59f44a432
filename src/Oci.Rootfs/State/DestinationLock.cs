using Oci.Rootfs.Context;

namespace Oci.Rootfs.State;

/// <summary>The place of one tree while it is worked on: the directory that holds it, and the state file in there, locked.</summary>
internal sealed class DestinationLock : IDisposable
{
    private DestinationLock(Destination destination, StateFile state)
    {
        Destination = destination;
        StateFile = state;
    }

    public Destination Destination { get; }

    public StateFile StateFile { get; }

    /// <summary>Waits for another build that works there.</summary>
    /// <param name="path">The tree's, absolute.</param>
    /// <param name="create">Makes missing parents and the state file; where that fails they are taken back.</param>
    /// <param name="log">Told of the wait.</param>
    /// <param name="cancellation">Asked while waiting.</param>
    /// <returns>Null where there is no state file and none is to be made.</returns>
    public static DestinationLock? Take(string path, bool create, RootfsLog log, CancellationToken cancellation)
    {
        Destination? destination = Destination.Open(path, create);
        StateFile? state = null;
        try
        {
            state = destination is null ? null : StateFile.Acquire(destination, create, log, cancellation);
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
        catch when (StateFile.IsNew && StateFile.Content.Trees.Count == 0)
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>Removes the state file, and the parents that were made.</summary>
    public void GiveBack()
    {
        StateFile.Remove();
        Destination.RemoveMadeParents();
    }

    public void Dispose()
    {
        StateFile.Dispose();
        Destination.Dispose();
    }
}
