using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>Says what is in an image and what of it would be extracted, as items that can be pasted into a project. Extracts nothing.</summary>
[MSBuildMultiThreadableTask]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "As in ExtractOciRootfs.")]
[SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes and gives lists as.")]
public sealed class ListOciImages : Microsoft.Build.Utilities.Task, IMultiThreadableTask, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>As in <see cref="ExtractOciRootfs"/>.</summary>
    [Required]
    public string Image { get; set; } = "";

    /// <summary>What would be asked for; <c>all</c> too.</summary>
    public string? Platform { get; set; }

    /// <summary>What would be asked for.</summary>
    public string? Reference { get; set; }

    /// <summary>As in <see cref="ExtractOciRootfs"/>.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>As in <see cref="ExtractOciRootfs"/>.</summary>
    public bool UseIsal { get; set; } = true;

    /// <summary>
    /// One item a manifest: its identity is <see cref="Image"/>, its metadata <c>Reference</c>, <c>Platform</c>, <c>References</c>,
    /// <c>OsFeatures</c> (JSON arrays), <c>OsVersion</c>, <c>ManifestDigest</c>, <c>ConfigDigest</c>, <c>Layers</c> (a JSON array of <c>digest
    /// mediaType size</c>), <c>Chosen</c> and <c>Problem</c>.
    /// </summary>
    [Output]
    public ITaskItem[] Manifests { get; private set; } = [];

    /// <inheritdoc />
    public TaskEnvironment TaskEnvironment { get; set; } = TaskEnvironment.Fallback;

    /// <inheritdoc />
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc />
    public override bool Execute()
    {
        try
        {
            RootfsListing listing = RootfsExtractor.List(Request(), _cancellation.Token);
            Log.LogMessageFromText(ListingText.Of(Image, listing), MessageImportance.High);
            Manifests = [.. listing.Images.Select(image => Item(image, listing))];
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

    private RootfsRequest Request() => new()
    {
        Image = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(Image), Image),
        DisplayName = Image,
        Name = "",
        RootfsDirectory = "",
        Platform = string.IsNullOrEmpty(Platform) ? null : Platform,
        Reference = string.IsNullOrEmpty(Reference) ? null : Reference,
        CacheDirectory = string.IsNullOrEmpty(CacheDirectory) ? null : TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory),
        UseIsal = UseIsal,
        Log = message => TaskLog.Message(Log, message, Image),
    };

    private TaskItem Item(RootfsListedImage image, RootfsListing listing)
    {
        TaskItem item = new(MSBuildText.Escape(Image), treatAsFilePath: false);
        ITaskItem2 literal = item;
        literal.SetMetadataValueLiteral("Reference", ListingText.Reference(image, listing));
        literal.SetMetadataValueLiteral("Platform", image.Platform ?? "");
        literal.SetMetadataValueLiteral("References", ConfigText.List(image.References));
        literal.SetMetadataValueLiteral("OsVersion", image.OsVersion ?? "");
        literal.SetMetadataValueLiteral("OsFeatures", ConfigText.List(image.OsFeatures));
        literal.SetMetadataValueLiteral("ManifestDigest", image.ManifestDigest);
        literal.SetMetadataValueLiteral("ConfigDigest", image.ConfigDigest ?? "");
        literal.SetMetadataValueLiteral("Layers", ConfigText.List([.. image.Layers.Select(ListingText.Layer)]));
        literal.SetMetadataValueLiteral("Chosen", image.Chosen ? "true" : "false");
        literal.SetMetadataValueLiteral("Problem", image.Problem ?? "");
        return item;
    }
}
