using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>
/// Finds the reference that chooses each image of a listing, together with its platform: a name that no other image there has, or else its
/// digest.
/// </summary>
internal static class ListedReferences
{
    private const int MostCharacters = 1024;

    /// <returns>One reference an image, in the listing's order.</returns>
    public static IReadOnlyList<string> Of(RootfsListing listing)
    {
        Dictionary<(string? Platform, string Name), int> images = [];
        foreach (RootfsListedImage image in listing.Images)
        {
            foreach (string name in image.References.Distinct(StringComparer.Ordinal))
                images[(image.Platform, name)] = images.GetValueOrDefault((image.Platform, name)) + 1;
        }
        return [.. listing.Images.Select(image => image.References.FirstOrDefault(name => CanBeAsked(name) && images[(image.Platform, name)] == 1) ?? image.ManifestDigest)];
    }

    /// <summary>
    /// The engine would take a name that looks like a digest, or has one in it, for a digest. A very long name is no help.
    /// </summary>
    private static bool CanBeAsked(string name) => name.Length <= MostCharacters &&
        !name.Contains('@', StringComparison.Ordinal) && !name.StartsWith("sha256:", StringComparison.Ordinal) && !name.StartsWith("sha512:", StringComparison.Ordinal);
}
