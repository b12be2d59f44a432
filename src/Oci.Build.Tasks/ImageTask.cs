using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>What the tasks that read an image have in common: which image, how, at what cost, and how they end.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "MSBuild cancels from another thread, at any time, and never disposes; without a timer there is nothing to free.")]
public abstract partial class ImageTask : Microsoft.Build.Utilities.Task, IMultiThreadableTask, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>An OCI archive, a docker-archive, either of them compressed as a whole, or an OCI layout directory.</summary>
    [Required]
    public string Image { get; set; } = "";

    /// <summary>The reference name or manifest digest to take; default: the only one.</summary>
    public string? Reference { get; set; }

    /// <summary>Where an archive that is compressed as a whole is unpacked, once. Without it such an archive is refused.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>Whether gzip may be inflated by ISA-L (<c>libisal.so.2</c>), where that is installed. Default: true.</summary>
    public bool UseIsal { get; set; } = true;

    /// <inheritdoc />
    public TaskEnvironment TaskEnvironment { get; set; } = TaskEnvironment.Fallback;

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
            TaskLog.Error(Log, error, Image);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return false;
        }
        return !Log.HasLoggedErrors;
    }

    private protected abstract void Work(CancellationToken cancellation);

    /// <summary>The part of a request that is the same for all.</summary>
    /// <param name="name">The image's short name.</param>
    /// <param name="tree">The absolute path of the tree.</param>
    private protected RootfsRequest Request(string name, string tree) => new()
    {
        Image = AbsoluteImage,
        DisplayName = Image,
        Name = name,
        RootfsDirectory = tree,
        Reference = NullIfEmpty(Reference),
        CacheDirectory = string.IsNullOrEmpty(CacheDirectory) ? null : TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory),
        UseIsal = UseIsal,
        Limits = ParseLimits(),
        Log = Say,
    };

    private protected string AbsoluteImage => TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(Image), Image);

    private protected void Say(RootfsMessage message) => TaskLog.Message(Log, message, Image);

    private protected static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
