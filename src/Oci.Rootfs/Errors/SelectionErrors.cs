using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI2xxx: the image's documents can't be used, or lack what the user asked for.</summary>
internal static class SelectionErrors
{
    private const string NoPlatformCode = "OCI2001";
    private const string PlatformNotStoredCode = "OCI2025";

    /// <summary>Whether an error would go away if the user asked for another platform.</summary>
    public static bool IsAboutPlatform(string code) => code is NoPlatformCode or PlatformNotStoredCode;

    public static OciException NoPlatform(string platform, string available) => new(NoPlatformCode, "The image has no manifest for the requested platform")
    {
        Expected = SafeText.Show(platform),
        Found = available,
        Hint = "Set Platform to one of those found.",
    };

    public static OciException NoReference(string reference, string available) => new("OCI2002", "Nothing in the image matches the requested reference")
    {
        Expected = SafeText.Show(reference),
        Found = available,
        Hint = "Set Reference to a name or digest found.",
    };

    public static OciException Ambiguous(string available) => new("OCI2003", "Several images of different names fit")
    {
        Expected = "one image",
        Found = available,
        Hint = "Set Reference to the name or digest of one of them.",
    };

    public static OciException NoImages(string found) => new("OCI2004", "The index lists no image")
    {
        Found = found,
    };

    public static OciException BadPlatform(string platform) => new("OCI2005", "The platform asked for is malformed")
    {
        Expected = "os/architecture or os/architecture/variant",
        Found = SafeText.Show(platform),
        Hint = "For example linux/arm64.",
    };

    /// <summary>OCI2006, a warning.</summary>
    public static void WarnFirstOfSeveral(RootfsLog log, string image, int count, string chosen) => log.Warning("OCI2006", string.Create(
        CultureInfo.InvariantCulture,
        $"The image '{SafeText.Show(image)}' has {count} manifests that fit equally; the first is taken, {chosen}. Set Reference to a digest to choose."));

    /// <summary>OCI2007, a warning.</summary>
    public static void WarnPlatformDiffers(RootfsLog log, string image, string index, string config) => log.Warning(
        "OCI2007", $"The index of the image '{SafeText.Show(image)}' says {SafeText.Show(index)}, the config of the image chosen {SafeText.Show(config)}.");

    public static OciException NotJson(string document, string found) => new("OCI2010", "A document of the image is not JSON")
    {
        Entry = document,
        Found = found,
    };

    public static OciException WrongType(string document, string member, string expected, string found) =>
        new("OCI2011", "A member of a document of the image has the wrong type")
        {
            Entry = Member(document, member),
            Expected = expected,
            Found = found,
        };

    public static OciException Missing(string document, string member) => new("OCI2012", "A member that a document of the image must have is missing")
    {
        Entry = Member(document, member),
    };

    public static OciException BadDigest(string document, string member, string found) => new("OCI2013", "A digest is malformed or of an unknown algorithm")
    {
        Entry = Member(document, member),
        Expected = "sha256: and 64, or sha512: and 128, lower-case hexadecimal digits",
        Found = SafeText.Show(found),
    };

    public static OciException BadSize(string document, string member, long found) => new("OCI2014", "A size is negative")
    {
        Entry = Member(document, member),
        Found = found.ToString(CultureInfo.InvariantCulture),
    };

    public static OciException SchemaVersion(string document, long? found) => new("OCI2015", "A document of the image has an unknown schemaVersion")
    {
        Entry = document,
        Expected = "2",
        Found = found?.ToString(CultureInfo.InvariantCulture) ?? "none",
        Hint = found == 1 ? "Images of the schema 1 must be converted first, for example by 'skopeo copy --format oci'." : null,
    };

    public static OciException ManifestAndIndex(string document) => new("OCI2016", "A document of the image is a manifest and an index at once")
    {
        Entry = document,
        Expected = "either 'manifests', or 'config' and 'layers'",
        Found = "both",
    };

    public static OciException MediaTypeDiffers(string document, string expected, string found) =>
        new("OCI2017", "A document of the image does not have the expected media type")
        {
            Entry = document,
            Expected = SafeText.Show(expected),
            Found = SafeText.Show(found),
        };

    public static OciException NoImageConfig(string document, string found) => new("OCI2018", "The chosen manifest is an artifact, not a container image")
    {
        Entry = document,
        Expected = "a config of media type application/vnd.oci.image.config.v1+json",
        Found = SafeText.Show(found),
    };

    public static OciException NotAManifest(string digest, string mediaType) => new("OCI2019", "The requested document is not an image manifest")
    {
        Entry = digest,
        Expected = "the media type of an image manifest or an index",
        Found = SafeText.Show(mediaType),
    };

    public static OciException RootfsType(string document, string? found) => new("OCI2020", "The config's rootfs.type is unknown")
    {
        Entry = document,
        Expected = "layers",
        Found = found is null ? "none" : SafeText.Show(found),
    };

    public static OciException LayerCount(int layers, int diffIds) => new("OCI2021", "Manifest and config disagree on the number of layers")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"{layers} diff_ids for the manifest's {layers} layers"),
        Found = string.Create(CultureInfo.InvariantCulture, $"{diffIds} diff_ids"),
    };

    public static OciException UnknownLayerType(string mediaType) => new("OCI2022", "A layer is of an unknown media type")
    {
        Found = SafeText.Show(mediaType),
        Hint = mediaType.Contains("encrypted", StringComparison.Ordinal) ? "Encrypted layers must be decrypted first, for example by 'skopeo copy --decryption-key'." : null,
    };

    public static OciException ForeignLayer(string digest) => new("OCI2023", "A foreign (non-distributable) layer is not in the image")
    {
        Entry = digest,
        Hint = "Nothing is ever fetched: save the image with its foreign layers included.",
    };

    public static OciException PlatformNoName(string platform) => new("OCI2024", "A platform of the image can't name a directory")
    {
        Expected = "letters, digits, dots, dashes and underscores, at most 64",
        Found = SafeText.Show(platform),
        Hint = "Extract the platforms that you need one by one: Platform says which, or Reference by digest.",
    };

    public static OciException PlatformsOfOneName(string name) => new("OCI2024", "Two platforms of the image would have one directory")
    {
        Found = name,
        Hint = "Extract the platforms that you need one by one: Platform says which, or Reference by digest.",
    };

    /// <param name="platform">The platform that the user asked for, which the index lists.</param>
    /// <param name="digest">The missing blob.</param>
    /// <param name="available">The platforms that have all their blobs.</param>
    public static OciException PlatformNotStored(string platform, string digest, string available) =>
        new(PlatformNotStoredCode, "The index lists the platform asked for, but the image does not have its blobs")
        {
            Entry = digest,
            Expected = SafeText.Show(platform),
            Found = $"the blobs of {available}",
            Hint = "Set Platform to one of those found, or save the image again with the platform that you need.",
        };

    /// <summary>OCI2026, a warning.</summary>
    public static void WarnPlatformNotStored(RootfsLog log, string image, string platform, string digest) => log.Warning(
        "OCI2026", $"The index of the image '{SafeText.Show(image)}' lists {SafeText.Show(platform)}, but its blob {digest} is not there: this platform is left out.");

    private static string Member(string document, string member) => member.Length == 0 ? document : $"{document}, {SafeText.Show(member)}";
}
