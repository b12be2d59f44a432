using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Oci.Rootfs.Os;

/// <summary>
/// Runs work on a thread of its own while its owner does something else. The engine makes threads in no other way. After disposal the
/// thread has ended, even if the owner or the work failed.
/// </summary>
internal sealed partial class WorkerThread : IDisposable
{
    // sched(7).
    private const int OtherPolicy = 0, BatchPolicy = 3;
    private const int ThisThread = 0;

    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    /// <param name="name">The thread's name.</param>
    /// <param name="work">The work, which begins at once.</param>
    public WorkerThread(string name, Action work)
    {
#pragma warning disable RS0030 // This is where threads are made.
        _thread = new Thread(() => Run(work)) { IsBackground = true, Name = name };
#pragma warning restore RS0030
        _thread.Start();
    }

    /// <summary>Waits for the end, and throws the exception that the work threw.</summary>
    public void Finish()
    {
        _thread.Join();
        _failure?.Throw();
    }

    /// <summary>Waits for the end. The owner reports an error of its own, or has called <see cref="Finish"/>.</summary>
    public void Dispose() => _thread.Join();

    private void Run(Action work)
    {
        try
        {
            LetOthersFinish();
            work();
        }
        catch (Exception e) // The owner gets the exception: uncaught here, it would end MSBuild.
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>
    /// The thread that receives data would otherwise begin with it at once, on the processor of the thread that sent it. The thread that
    /// inflates has most to do; it would then wait for the thread that reads its blob, even if another processor were idle. If the kernel
    /// refuses this, the work is only slower.
    /// </summary>
    private static void LetOthersFinish()
    {
        // A user may have set another policy, for example to keep the build out of the way of other work. These threads then keep that
        // policy.
        if (HostSystem.IsLinux && GetScheduler(ThisThread) == OtherPolicy)
            _ = SetScheduler(ThisThread, BatchPolicy, 0);
    }

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int GetScheduler(int thread);

    /// <param name="thread">The thread's number, or 0 for the caller.</param>
    /// <param name="policy">A policy without priorities.</param>
    /// <param name="priority">A <c>struct sched_param</c>, which is one <c>int</c>.</param>
    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
