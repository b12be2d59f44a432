using System.Globalization;
using System.Text;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Writes a listing for people. Its lines with <c>&lt;OciImage</c> are items for a project file. In them MSBuild evaluates no text of an
/// image.
/// </summary>
internal static class ListingText
{
    /// <summary>No tool makes more.</summary>
    private const int MostLayersShown = 500;

    private const int MostNamesShown = 20;
    private const int MostPlatformCharacters = 200;

    /// <summary>Honest images need some kilobytes. People keep, send and read logs.</summary>
    private const int MostCharacters = 256 << 10;

    /// <param name="image">As the user wrote it.</param>
    /// <param name="listing">The content of the image.</param>
    /// <param name="references">The reference that chooses each image.</param>
    public static string Of(string image, RootfsListing listing, IReadOnlyList<string> references)
    {
        StringBuilder text = new();
        text.Append(SafeText.Show(image)).Append(':');
        int shown = 0;
        for (; shown < listing.Images.Count && text.Length < MostCharacters; shown++)
            Append(text, image, listing.Images[shown], references[shown]);
        if (shown < listing.Images.Count)
            text.Append(CultureInfo.InvariantCulture, $"\n  and {listing.Images.Count - shown} more images, which the task's output Manifests lists");
        if (listing.Images.Count == 0)
            text.Append("\n  no image manifests");
        if (listing.OtherMediaTypes.Count > 0)
            text.Append("\n  also, and no images: ").AppendJoin(", ", listing.OtherMediaTypes.Select(SafeText.ShowShort));
        if (listing.NothingChosen is not null)
            text.Append("\n  Nothing would be extracted: ").Append(listing.NothingChosen);
        return text.ToString();
    }

    public static string Layer(RootfsLayer layer) => string.Create(CultureInfo.InvariantCulture, $"{layer.Digest} {layer.MediaType} {layer.Size}");

    private static void Append(StringBuilder text, string path, RootfsListedImage image, string reference)
    {
        text.Append("\n  <OciImage Include=\"").Append(MSBuildEscaping.Attribute(path)).Append("\" Reference=\"").Append(MSBuildEscaping.Attribute(reference)).Append('"');
        if (image.Platform is { Length: <= MostPlatformCharacters })
            text.Append(" Platform=\"").Append(MSBuildEscaping.Attribute(image.Platform)).Append('"');
        text.Append(" />").Append(image.Chosen ? "  <-- would be extracted" : "");
        if (image.References.Count > 1)
            text.Append("\n    names     ").Append(Names(image.References));
        text.Append("\n    manifest  ").Append(image.ManifestDigest);
        if (image.ConfigDigest is not null)
            text.Append("\n    config    ").Append(image.ConfigDigest);
        if (image.OsVersion is not null || image.OsFeatures.Count > 0)
            text.Append("\n    os        ").Append(SafeText.ShowShort(image.OsVersion ?? "")).Append(' ').Append(Names(image.OsFeatures));
        foreach (RootfsLayer layer in image.Layers.Take(MostLayersShown))
            text.Append(CultureInfo.InvariantCulture, $"\n    layer     {layer.Digest}  {SafeText.ShowShort(layer.MediaType)}  {layer.Size} bytes");
        if (image.Layers.Count > MostLayersShown)
            text.Append(CultureInfo.InvariantCulture, $"\n    and {image.Layers.Count - MostLayersShown} more layers");
        if (image.Problem is not null)
            text.Append("\n    problem   ").Append(image.Problem);
    }

    private static string Names(IReadOnlyList<string> names)
    {
        string shown = string.Join(", ", names.Take(MostNamesShown).Select(SafeText.ShowShort));
        return names.Count <= MostNamesShown ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}, and {names.Count - MostNamesShown} more");
    }
}
