using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI3xxx: the image's bytes differ from what the image promises, or can't be decoded.</summary>
internal static class IntegrityErrors
{
    private const string CopyAgain = "Copy or download the image again.";

    public static OciException WrongSize(string digest, long expected, string found) => new("OCI3001", "A blob has another size than its descriptor says")
    {
        Entry = digest,
        Expected = string.Create(CultureInfo.InvariantCulture, $"{expected} bytes"),
        Found = found,
        Hint = CopyAgain,
    };

    public static OciException WrongSize(string digest, long expected, long found) =>
        WrongSize(digest, expected, string.Create(CultureInfo.InvariantCulture, $"{found} bytes"));

    public static OciException WrongDigest(string expected, string found) => new("OCI3002", "A blob's content does not have its digest")
    {
        Entry = expected,
        Expected = expected,
        Found = found,
        Hint = CopyAgain,
    };

    public static OciException WrongDiffId(string expected, string found) => new("OCI3003", "A layer inflates to something that the config does not list")
    {
        Expected = expected,
        Found = found,
    };

    public static OciException DamagedLayer(string compression, string found, Exception? cause = null) =>
        new("OCI3004", "Compressed data is damaged", cause, isDamage: true) { Expected = $"valid {compression} data", Found = found };

    public static OciException TruncatedLayer(string compression) => new("OCI3005", "Compressed data breaks off", isDamage: true)
    {
        Expected = $"the end of the {compression} data",
        Found = "the end of the blob or file",
    };

    public static OciException TrailingGarbage(string compression) => new("OCI3006", "Compressed data is followed by other data", isDamage: true)
    {
        Expected = $"nothing, zeros or more {compression} data",
        Found = "other bytes",
    };

    public static OciException UnsupportedCompression(string found, string readable) => new("OCI3007", "A layer is of a kind that can't be decoded")
    {
        Expected = $"a tar archive, plain or compressed with {readable}",
        Found = found,
        Hint = "Convert the image, for example by 'skopeo copy --dest-compress-format gzip'.",
    };

    /// <summary>OCI3009, a warning.</summary>
    public static void WarnCompressionDiffers(RootfsLog log, string mediaType, string found) =>
        log.Warning("OCI3009", $"A layer of media type {SafeText.Show(mediaType)} is {found}; the engine reads the layer by its content.");

    /// <summary>OCI3010, a warning.</summary>
    public static void WarnLayerOrder(RootfsLog log, string image) =>
        log.Warning("OCI3010", $"The manifest of the image '{SafeText.Show(image)}' lists the layers in another order than the config's diff_ids, which decide.");

    public static OciException ChangedWhileRead() => new("OCI3011", "A layer changed between two readings")
    {
        Expected = "the entries of the first reading",
        Found = "other entries",
        Hint = "Nothing may write to the image while it is extracted.",
    };
}
