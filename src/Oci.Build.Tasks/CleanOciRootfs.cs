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
    public ITaskItem? RootfsDirectory { get; set; }

    /// <summary>
    /// The image's <c>OciImage</c> item, with all its metadata. With the tree of each platform, the task removes the files that the item
    /// names for it. It removes no others, whatever the files beside the trees say.
    /// </summary>
    public ITaskItem? Item { get; set; }

    /// <summary>The cache of unpacked archives to remove. The task removes no other file in it.</summary>
    public ITaskItem? CacheDirectory { get; set; }

    /// <summary>True when the task removed something.</summary>
    [Output]
    public bool Cleaned { get; private set; }

    private protected override string? About => (RootfsDirectory ?? CacheDirectory)?.ItemSpec;

    private protected override void Work(CancellationToken cancellation)
    {
        if (CacheDirectory is not null)
        {
            string cache = TaskPaths.AbsoluteDirectory(nameof(CacheDirectory), CacheDirectory);
            Cleaned = RootfsExtractor.CleanCache(cache, Say, cancellation);
        }
        if (RootfsDirectory is not null || CacheDirectory is null)
        {
            string tree = TaskPaths.AbsoluteDirectory(nameof(RootfsDirectory), RootfsDirectory);
            Cleaned |= RootfsExtractor.Clean(tree, Outputs(), Say, cancellation);
        }
    }

    private List<string> Outputs() =>
    [
        .. OutputKind.All.Select(kind => (kind.Name, Path: Item?.GetMetadata(kind.Name))).Where(static output => !string.IsNullOrEmpty(output.Path))
            .Select(output => TaskPaths.Absolute(output.Name, output.Path!)),
    ];
}
