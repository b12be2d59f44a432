using Oci.Rootfs.Disk;

namespace Oci.Rootfs.State;

/// <summary>The place of one tree while it is worked on: the directory that holds it, and the mark in there, locked.</summary>
internal sealed class Claim : IDisposable
{
    private Claim(Destination destination, Mark mark)
    {
        Destination = destination;
        Mark = mark;
    }

    public Destination Destination { get; }

    public Mark Mark { get; }

    /// <summary>Waits for another build that works there.</summary>
    /// <param name="path">The tree's, absolute.</param>
    /// <param name="create">Makes missing parents and the mark; where that fails they are taken back.</param>
    /// <param name="log">Told of the wait.</param>
    /// <param name="cancellation">Asked while waiting.</param>
    /// <returns>Null where there is no mark and none is to be made.</returns>
    public static Claim? Take(string path, bool create, RootfsLog log, CancellationToken cancellation)
    {
        Destination? destination = Destination.Open(path, create);
        Mark? mark = null;
        try
        {
            mark = destination is null ? null : Mark.Acquire(destination, create, log, cancellation);
            return mark is null ? null : new Claim(destination!, mark);
        }
        catch
        {
            destination?.RemoveMadeParents();
            throw;
        }
        finally
        {
            if (mark is null)
                destination?.Dispose();
        }
    }

    /// <summary>Works there. Where that fails and no tree has come about, mark and parents that were made for it go again.</summary>
    public T Do<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch when (Mark.IsNew && Mark.Content.Trees.Count == 0)
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>Removes the mark, and the parents that were made.</summary>
    public void GiveBack()
    {
        Mark.Remove();
        Destination.RemoveMadeParents();
    }

    public void Dispose()
    {
        Mark.Dispose();
        Destination.Dispose();
    }
}
