using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.State;

/// <summary>The locked place of one tree: its parent directory and the locked state file in there.</summary>
[SupportedOSPlatform("linux")]
internal sealed class DestinationLock : IDisposable
{
    private const int MostAttempts = 10;

    /// <summary>Nodes with our staging names that stood there before the state file did. They are somebody else's.</summary>
    private readonly bool _hasForeignRemains;

    private DestinationLock(Destination destination, StateFile state)
    {
        Destination = destination;
        State = state;
        _hasForeignRemains = state.IsNew && destination.Remains.Any();
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
        for (int attempt = 1; ; attempt++)
        {
            Destination? destination = Destination.Open(path, create);
            StateFile? state = null;
            try
            {
                state = destination?.AcquireState(create, context);
                if (state is not null || !create)
                    return state is null ? null : new DestinationLock(destination!, state);
                // Another build had made the parents, failed, and removed them while this one waited for its lock.
                if (attempt == MostAttempts)
                    throw DiskErrors.FromErrno(Errno.NotFound, "making the state file", Encoding.UTF8.GetBytes(path));
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

    /// <summary>
    /// Removes the state file and the parents that the engine made. Where something of ours can't be removed, the state file stays, so that
    /// a later build may go on removing it.
    /// </summary>
    public void GiveBack()
    {
        if (!_hasForeignRemains && Destination.Remains.Any())
            return;
        State.Remove();
        Destination.RemoveMadeParents();
    }

    public void Dispose()
    {
        State.Dispose();
        Destination.Dispose();
    }
}
