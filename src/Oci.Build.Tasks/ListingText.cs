using System.Globalization;
using System.Text;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>A listing to read, whose lines with <c>&lt;OciImage</c> are items to paste: no text of an image is evaluated in them.</summary>
internal static class ListingText
{
    /// <summary>More than any tool makes.</summary>
    private const int MostLayersShown = 500;

    /// <param name="image">As the user wrote it.</param>
    /// <param name="listing">What is in it.</param>
    /// <param name="references">What chooses each image of it.</param>
    public static string Of(string image, RootfsListing listing, IReadOnlyList<string> references)
    {
        StringBuilder text = new();
        text.Append(SafeText.Show(image)).Append(':');
        for (int i = 0; i < listing.Images.Count; i++)
            Append(text, image, listing.Images[i], references[i]);
        if (listing.Images.Count == 0)
            text.Append("\n  no image manifests");
        if (listing.OtherMediaTypes.Count > 0)
            text.Append("\n  also, and no images: ").AppendJoin(", ", listing.OtherMediaTypes.Select(SafeText.Show));
        if (listing.NothingChosen is not null)
            text.Append("\n  Nothing would be extracted: ").Append(listing.NothingChosen);
        return text.ToString();
    }

    public static string Layer(RootfsLayer layer) => string.Create(CultureInfo.InvariantCulture, $"{layer.Digest} {layer.MediaType} {layer.Size}");

    private static void Append(StringBuilder text, string path, RootfsListedImage image, string reference)
    {
        text.Append("\n  <OciImage Include=\"").Append(MSBuildEscaping.Attribute(path)).Append("\" Reference=\"").Append(MSBuildEscaping.Attribute(reference)).Append('"');
        if (image.Platform is not null)
            text.Append(" Platform=\"").Append(MSBuildEscaping.Attribute(image.Platform)).Append('"');
        text.Append(" />").Append(image.Chosen ? "  <-- would be extracted" : "");
        if (image.References.Count > 1)
            text.Append("\n    names     ").AppendJoin(", ", image.References.Select(SafeText.Show));
        text.Append("\n    manifest  ").Append(image.ManifestDigest);
        if (image.ConfigDigest is not null)
            text.Append("\n    config    ").Append(image.ConfigDigest);
        if (image.OsVersion is not null || image.OsFeatures.Count > 0)
            text.Append("\n    os        ").Append(SafeText.Show(image.OsVersion ?? "")).Append(' ').AppendJoin(", ", image.OsFeatures.Select(SafeText.Show));
        foreach (RootfsLayer layer in image.Layers.Take(MostLayersShown))
            text.Append(CultureInfo.InvariantCulture, $"\n    layer     {layer.Digest}  {SafeText.Show(layer.MediaType)}  {layer.Size} bytes");
        if (image.Layers.Count > MostLayersShown)
            text.Append(CultureInfo.InvariantCulture, $"\n    and {image.Layers.Count - MostLayersShown} more layers");
        if (image.Problem is not null)
            text.Append("\n    problem   ").Append(image.Problem);
    }
}
