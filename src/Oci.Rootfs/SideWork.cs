using System.Runtime.ExceptionServices;

namespace Oci.Rootfs;

/// <summary>Work on a thread of its own while its owner does something else. Once disposed of it has ended, whatever became of either.</summary>
internal sealed class SideWork : IDisposable
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    /// <param name="name">The thread's.</param>
    /// <param name="work">Begins at once.</param>
    public SideWork(string name, Action work)
    {
        _thread = new Thread(() => Run(work)) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Waits for the end, and throws what the work threw.</summary>
    public void Finish()
    {
        _thread.Join();
        _failure?.Throw();
    }

    /// <summary>Waits for the end. The owner has an error of its own to tell, or called <see cref="Finish"/>.</summary>
    public void Dispose() => _thread.Join();

    private void Run(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) // Handed to the owner: uncaught here, it would end MSBuild.
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }
}
