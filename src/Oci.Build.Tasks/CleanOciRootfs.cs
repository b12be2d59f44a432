using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>
/// Removes trees that <see cref="ExtractOciRootfs"/> made, and nothing else: one, or those of a list that the project no longer asks for. For
/// a directory that is not ours, the task fails and removes nothing.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CleanOciRootfs : EngineTask, IIncrementalTask
{
    /// <summary>The tree to remove, or the directory of the trees of all platforms.</summary>
    public ITaskItem? RootfsDirectory { get; set; }

    /// <summary>
    /// The image's <c>OciImage</c> item, with all its metadata. With the tree of each platform, the task removes the files that the item
    /// names for it. It removes no others, whatever the files beside the trees say.
    /// </summary>
    public ITaskItem? Item { get; set; }

    /// <summary>
    /// The file that lists the project's trees. With <see cref="RootfsDirectory"/>, it tells whether a tree without a state file is ours.
    /// Otherwise the task removes the trees in the list that are not in <see cref="Keep"/>.
    /// </summary>
    public ITaskItem? TreeList { get; set; }

    /// <summary>The project that made the trees in <see cref="TreeList"/>. The task removes no other project's.</summary>
    public ITaskItem? ProjectFile { get; set; }

    /// <summary>The <c>OciImage</c> items, with all their metadata, whose trees and files stay.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public ITaskItem[] Keep { get; set; } = [];

    /// <summary>Directories to remove after everything else, each if it is empty.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public ITaskItem[] EmptyDirectories { get; set; } = [];

    /// <summary>The cache of unpacked archives to remove. The task removes no other file in it.</summary>
    public ITaskItem? CacheDirectory { get; set; }

    /// <summary>True when the task removed something.</summary>
    [Output]
    public bool Cleaned { get; private set; }

    /// <inheritdoc />
    public bool FailIfNotIncremental { get; set; }

    private protected override string? About => (RootfsDirectory ?? CacheDirectory ?? TreeList)?.ItemSpec;

    private protected override void Work(CancellationToken cancellation)
    {
        if (CacheDirectory is not null)
        {
            string cache = TaskPaths.AbsoluteDirectory(nameof(CacheDirectory), CacheDirectory);
            Cleaned = RootfsExtractor.CleanCache(cache, Say, cancellation);
        }
        if (Item?.GetMetadata(RegistrySettings.Documents) is { Length: > 0 } documents)
            Cleaned |= RootfsExtractor.CleanDocuments(TaskPaths.Absolute(RegistrySettings.Documents, documents));
        string? list = TreeList is null ? null : TaskPaths.Absolute(nameof(TreeList), TreeList);
        if (Item is not null && WithoutDirectory.IsSaidBy(Item))
        {
            List<string> outputs = [.. OutputsOf(Item).Select(static output => output.Path)];
            Cleaned |= RootfsExtractor.CleanArchives([.. ArchivesOf(Item)], outputs, Say, cancellation);
        }
        else if (RootfsDirectory is not null || (CacheDirectory is null && list is null && EmptyDirectories.Length == 0))
        {
            string tree = TaskPaths.AbsoluteDirectory(nameof(RootfsDirectory), RootfsDirectory);
            List<string> outputs = [.. OutputsOf(Item).Select(static output => output.Path)];
            Cleaned |= RootfsExtractor.Clean(tree, outputs, list, Say, cancellation);
        }
        else if (list is not null)
        {
            string project = TaskPaths.Absolute(nameof(ProjectFile), ProjectFile);
            Cleaned |= RootfsExtractor.CleanUnwanted(list, project, [.. Keep.Select(Request)], FailIfNotIncremental, Say, cancellation);
        }
        foreach (ITaskItem directory in EmptyDirectories)
            Cleaned |= RootfsExtractor.RemoveIfEmpty(TaskPaths.AbsoluteDirectory(nameof(EmptyDirectories), directory));
    }

    private static RootfsRequest Request(ITaskItem item) => new()
    {
        Image = item.ItemSpec,
        Name = item.ItemSpec,
        RootfsDirectory = WithoutDirectory.IsSaidBy(item)
            ? null
            : Path.TrimEndingDirectorySeparator(TaskPaths.Absolute(OutputPaths.RootfsDirectory, item.GetMetadata(OutputPaths.RootfsDirectory))),
        Outputs = [.. OutputsOf(item)],
    };

    /// <summary>In the order of importance: the state file of a build without a directory is beside the first.</summary>
    private static IEnumerable<string> ArchivesOf(ITaskItem? item)
    {
        OutputKind[] archives = [OutputKind.RootfsArchive, OutputKind.ImageArchive];
        IEnumerable<RequestedOutput> outputs = OutputsOf(item);
        return archives.SelectMany(kind => outputs.Where(output => output.Kind == kind)).Select(static output => output.Path);
    }

    private static IEnumerable<RequestedOutput> OutputsOf(ITaskItem? item) =>
    [
        .. OutputKind.Singles.Select(kind => (Kind: kind, Path: item?.GetMetadata(kind.Name))).Where(static output => !string.IsNullOrEmpty(output.Path))
            .Select(static output => new RequestedOutput(output.Kind, TaskPaths.Absolute(output.Kind.Name, output.Path!))),
        .. ArchivePaths.Of(item).Select(static path => new RequestedOutput(OutputKind.RootfsArchive, TaskPaths.Absolute(ArchivePaths.Metadata, path))),
    ];
}
