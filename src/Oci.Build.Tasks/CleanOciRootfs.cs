using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>
/// Removes a tree that <see cref="ExtractOciRootfs"/> made, and nothing else. For a directory without our state file, the task fails and
/// removes nothing.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CleanOciRootfs : EngineTask
{
    /// <summary>The tree to remove, or the directory of the trees of all platforms.</summary>
    public string? RootfsDirectory { get; set; }

    /// <summary>
    /// The image's <c>OciImage</c> item, with all its metadata. With the tree of each platform, the task removes the files that the item
    /// names for it. It removes no others, whatever the files beside the trees say.
    /// </summary>
    public ITaskItem? Item { get; set; }

    /// <summary>The cache of unpacked archives to remove. The task removes no other file in it.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>True when the task removed something.</summary>
    [Output]
    public bool Cleaned { get; private set; }

    private protected override string? About => string.IsNullOrEmpty(RootfsDirectory) ? CacheDirectory : RootfsDirectory;

    private protected override void Work(CancellationToken cancellation)
    {
        if (!string.IsNullOrEmpty(CacheDirectory))
        {
            string cache = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory);
            Cleaned = RootfsExtractor.CleanCache(cache, Say, cancellation);
        }
        if (!string.IsNullOrEmpty(RootfsDirectory) || string.IsNullOrEmpty(CacheDirectory))
        {
            string tree = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(RootfsDirectory), RootfsDirectory ?? "");
            Cleaned |= RootfsExtractor.Clean(tree, Outputs(), Say, cancellation);
        }
    }

    private List<string> Outputs() =>
    [
        .. OutputKind.All.Select(kind => (kind.Name, Path: Item?.GetMetadata(kind.Name))).Where(static output => !string.IsNullOrEmpty(output.Path))
            .Select(output => TaskPaths.Absolute(TaskEnvironment, output.Name, output.Path!)),
    ];
}
