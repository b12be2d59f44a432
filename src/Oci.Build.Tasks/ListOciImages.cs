using System.Diagnostics.CodeAnalysis;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Lists the content of an image and the part that the engine would extract, as items for a project file. It extracts nothing.
/// </summary>
[MSBuildMultiThreadableTask]
[SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes and gives lists as.")]
public sealed class ListOciImages : ImageTask
{
    /// <summary>The platform to ask for; <c>all</c> is possible too.</summary>
    public string? Platform { get; set; }

    /// <summary>
    /// One item a manifest. Its identity is <see cref="ImageTask.Image"/>. Its metadata are <c>Reference</c>, <c>Platform</c>,
    /// <c>References</c>, <c>OsFeatures</c> (JSON arrays), <c>OsVersion</c>, <c>ManifestDigest</c>, <c>ConfigDigest</c>, <c>Layers</c> (a
    /// JSON array of <c>digest mediaType size</c>), <c>Chosen</c> and <c>Problem</c>.
    /// </summary>
    [Output]
    public ITaskItem[] Manifests { get; private set; } = [];

    private protected override void Work(CancellationToken cancellation)
    {
        RootfsListing listing = RootfsExtractor.List(Request("", "") with { Platform = Setting(Platform) }, cancellation);
        IReadOnlyList<string> references = ListedReferences.Of(listing);
        Say(new RootfsMessage(RootfsMessageKind.Summary, null, ListingText.Of(Image.ItemSpec, listing, references)));
        Manifests = [.. listing.Images.Select((image, i) => ItemOf(image, references[i]))];
    }

    private TaskItem ItemOf(RootfsListedImage image, string reference)
    {
        TaskItem item = new(MSBuildEscaping.Identity(Image.ItemSpec), treatAsFilePath: false);
        ITaskItem2 literal = item;
        literal.SetMetadataValueLiteral("Reference", reference);
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
