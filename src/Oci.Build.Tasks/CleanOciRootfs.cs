using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>Removes a tree that <see cref="ExtractOciRootfs"/> made, and nothing else. A directory without our mark is an error, not a loss.</summary>
[MSBuildMultiThreadableTask]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "As in ExtractOciRootfs.")]
public sealed class CleanOciRootfs : Microsoft.Build.Utilities.Task, IMultiThreadableTask, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>The tree to remove, or the directory of the trees of all platforms.</summary>
    public string? RootfsDirectory { get; set; }

    /// <summary>The cache of unpacked archives to remove; of other files in it none.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>True when something was removed.</summary>
    [Output]
    public bool Cleaned { get; private set; }

    /// <inheritdoc />
    public TaskEnvironment TaskEnvironment { get; set; } = TaskEnvironment.Fallback;

    /// <inheritdoc />
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc />
    public override bool Execute()
    {
        try
        {
            if (!string.IsNullOrEmpty(CacheDirectory))
            {
                string cache = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory);
                Cleaned = RootfsExtractor.CleanCache(cache, message => TaskLog.Message(Log, message, CacheDirectory), _cancellation.Token);
            }
            if (!string.IsNullOrEmpty(RootfsDirectory) || string.IsNullOrEmpty(CacheDirectory))
            {
                string tree = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(RootfsDirectory), RootfsDirectory ?? "");
                Cleaned |= RootfsExtractor.Clean(tree, message => TaskLog.Message(Log, message, RootfsDirectory), _cancellation.Token);
            }
        }
        catch (OciException error)
        {
            TaskLog.Error(Log, error, RootfsDirectory);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return false;
        }
        return !Log.HasLoggedErrors;
    }
}
