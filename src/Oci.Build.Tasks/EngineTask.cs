using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>A task that runs the engine. This class handles its cancellation and its end.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "MSBuild cancels from another thread, at any time, and never disposes; without a timer there is nothing to free.")]
public abstract class EngineTask : Microsoft.Build.Utilities.Task, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <inheritdoc />
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc />
    public override bool Execute()
    {
        try
        {
            Work(_cancellation.Token);
        }
        catch (OciException error)
        {
            TaskLog.Error(Log, Explain(error), About);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return false;
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>The subject of errors and warnings, as the user wrote it.</summary>
    private protected abstract string? About { get; }

    /// <summary>Adds to an error of the engine what only the task knows.</summary>
    private protected virtual OciException Explain(OciException error) => error;

    private protected abstract void Work(CancellationToken cancellation);

    private protected void Say(RootfsMessage message) => TaskLog.Message(Log, message, About);
}
