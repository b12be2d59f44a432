using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Errors;
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

    /// <summary>Whether the task says what it found. Default: true.</summary>
    public bool SayListing { get; set; } = true;

    /// <summary>
    /// The text for people, in the metadata <c>Text</c>. The identity is a digest of the text. So MSBuild can tell texts apart that differ in
    /// case alone, and an outer build of several target frameworks can say each once.
    /// </summary>
    [Output]
    public ITaskItem? Listing { get; private set; }

    private protected override void Work(CancellationToken cancellation)
    {
        RootfsListing listing = RootfsExtractor.List(Request("", "") with { Platform = Setting(Platform) }, cancellation);
        IReadOnlyList<string> references = ListedReferences.Of(listing);
        string text = ListingText.Of(Image.ItemSpec, listing with { NothingChosen = WithChooser(listing.NothingChosen) }, references);
        if (SayListing)
            Say(new RootfsMessage(RootfsMessageKind.Summary, null, text));
        Listing = ListingOf(text);
        Manifests = [.. listing.Images.Select((image, i) => ItemOf(image, references[i]))];
    }

    private static TaskItem ListingOf(string text)
    {
        TaskItem item = new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        ((ITaskItem2)item).SetMetadataValueLiteral("Text", text);
        return item;
    }

    /// <summary>The problem begins with the code of an error.</summary>
    private string? WithChooser(string? problem) =>
        problem is not null && PlatformChooser is { } chooser && SelectionErrors.IsAboutPlatform(problem.Split(':')[0]) ? $"{problem} {chooser}" : problem;

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
