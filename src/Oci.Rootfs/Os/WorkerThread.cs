using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Oci.Rootfs.Os;

/// <summary>
/// Work on a thread of its own while its owner does something else: the one way in which the engine makes threads. Once disposed of it has
/// ended, whatever became of either.
/// </summary>
internal sealed partial class WorkerThread : IDisposable
{
    // sched(7).
    private const int OtherPolicy = 0, BatchPolicy = 3;
    private const int ThisThread = 0;

    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    /// <param name="name">The thread's.</param>
    /// <param name="work">Begins at once.</param>
    public WorkerThread(string name, Action work)
    {
#pragma warning disable RS0030 // This is where threads are made.
        _thread = new Thread(() => Run(work)) { IsBackground = true, Name = name };
#pragma warning restore RS0030
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
            LetOthersFinish();
            work();
        }
        catch (Exception e) // Handed to the owner: uncaught here, it would end MSBuild.
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>
    /// Who is handed data would else begin with it at once, on the processor of who gave it: the thread that inflates, which has most to do,
    /// would wait for the one that reads its blob, although another processor were idle. Where this is refused, all works as well, more slowly.
    /// </summary>
    private static void LetOthersFinish()
    {
        // Who asked for another policy than the usual one, for the build to be in nobody's way for example, gets it here too.
        if (GetScheduler(ThisThread) == OtherPolicy)
            _ = SetScheduler(ThisThread, BatchPolicy, 0);
    }

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int GetScheduler(int thread);

    /// <param name="thread">Its number, or 0 for the caller.</param>
    /// <param name="policy">One that knows no priorities.</param>
    /// <param name="priority">A <c>struct sched_param</c>, which is one <c>int</c>.</param>
    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
