using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Says which files <c>dotnet publish</c> copies, and where to: archives, and the files that run an image. A build leaves the list in a file,
/// because <c>dotnet publish --no-build</c> extracts nothing.
/// </summary>
[MSBuildMultiThreadableTask]
[SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes and gives lists as.")]
public sealed class ListOciPublishFiles : EngineTask
{
    /// <summary>The items of the extraction.</summary>
    public ITaskItem[] Rootfs { get; set; } = [];

    /// <summary><c>true</c>: <see cref="ListFile"/> says what the last build made, and <see cref="Rootfs"/> does not count.</summary>
    public bool FromList { get; set; }

    /// <summary>The file with the list.</summary>
    [Required]
    public ITaskItem ListFile { get; set; } = null!;

    /// <summary>The files, with the path in the directory of publish as <c>RelativePath</c>.</summary>
    [Output]
    public ITaskItem[] Files { get; private set; } = [];

    private protected override string? About => null;

    private protected override void Work(CancellationToken cancellation)
    {
        PublishList list = new(TaskPaths.Absolute(nameof(ListFile), ListFile));
        List<PublishList.Entry> entries = FromList ? list.Read() : PublishList.Of(Rootfs.SelectMany(FilesOf));
        if (!FromList)
            list.Write(entries);
        Files = [.. entries.Select(Item)];
    }

    private static IEnumerable<(string Name, string Path)> FilesOf(ITaskItem rootfs)
    {
        string name = rootfs.GetMetadata("Name");
        foreach (string archive in ArchivePaths.Of(rootfs))
            yield return (name, archive);
        foreach (OutputKind kind in OutputKind.Singles)
        {
            // Files that are always written are for the build. Those that the user names are for somebody else.
            if (kind.IsOptional && rootfs.GetMetadata(kind.Name) is { Length: > 0 } path)
                yield return (name, path);
        }
    }

    private static TaskItem Item(PublishList.Entry entry)
    {
        TaskItem item = new(MSBuildEscaping.Identity(entry.Path), treatAsFilePath: false);
        ((ITaskItem2)item).SetMetadataValueLiteral("RelativePath", entry.Target);
        return item;
    }
}
