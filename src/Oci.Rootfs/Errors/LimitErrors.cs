using System.Globalization;

namespace Oci.Rootfs.Errors;

/// <summary>OCI42xx: an image costs more than <see cref="RootfsLimits"/> allow; each limit has its code.</summary>
internal static partial class LimitErrors
{
    public static OciException UncompressedBytes(long limit) =>
        Exceeded("OCI4221", "The layers inflate to too many bytes", nameof(RootfsLimits.MaxUncompressedBytes), limit, null);

    public static OciException CompressionRatio(long limit, long free, long blob) =>
        Exceeded("OCI4222", "Data is compressed suspiciously well", nameof(RootfsLimits.MaxCompressionRatio), limit,
            string.Create(CultureInfo.InvariantCulture, $"more than {free} bytes and {limit} times the {blob} stored"));

    public static OciException ZstdWindow(long limit) => new("OCI4223", "A zstd window is too large")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit} bytes"),
        Hint = $"Compress it without --long, or with --long=27. {HowToRaise(nameof(RootfsLimits.MaxZstdWindowBytes))}",
    };

    public static OciException JsonBytes(string document, long limit, long found) =>
        Exceeded("OCI4224", "A document of the image is too long", nameof(RootfsLimits.MaxJsonBytes), limit,
            string.Create(CultureInfo.InvariantCulture, $"{found} bytes"), document);

    public static OciException JsonDepth(string document, long limit) =>
        Exceeded("OCI4225", "A document of the image is nested too deeply", nameof(RootfsLimits.MaxJsonDepth), limit, null, document);

    public static OciException IndexDepth(string digest, long limit) =>
        Exceeded("OCI4226", "Indexes are nested too deeply", nameof(RootfsLimits.MaxIndexDepth), limit, null, digest);

    public static OciException Indexes(long limit) =>
        Exceeded("OCI4227", "Too many indexes and manifests must be read to choose one", nameof(RootfsLimits.MaxIndexes), limit, null);

    public static OciException ArchiveEntries(long limit) =>
        Exceeded("OCI4228", "The image archive has too many entries", nameof(RootfsLimits.MaxNodes), limit, null);

    public static OciException ArchiveNames(long limit) =>
        Exceeded("OCI4229", "The names in the image archive are too long in total", nameof(RootfsLimits.MaxNameBytes), limit, null);

    public static OciException ArchiveBytes(long limit) =>
        Exceeded("OCI4230", "The compressed image archive unpacks to too many bytes", nameof(RootfsLimits.MaxArchiveBytes), limit, null);

    /// <summary>Fixed: the images with the most have about twenty.</summary>
    public static OciException Platforms(int limit, int found) => new("OCI4231", "The image has too many platforms to extract them all")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit}"),
        Found = found.ToString(CultureInfo.InvariantCulture),
        Hint = "Extract the ones that you need one by one.",
    };

    public static OciException Layers(int limit, int found) =>
        Exceeded("OCI4232", "The image has too many layers", nameof(RootfsLimits.MaxLayers), limit, found.ToString(CultureInfo.InvariantCulture));

    private static OciException Exceeded(string code, string problem, string property, long limit, string? found, string? entry = null) => new(code, problem)
    {
        Entry = entry,
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit}"),
        Found = found,
        Hint = HowToRaise(property),
    };

    /// <summary>The same words for every limit: metadata and property have the limit's own name.</summary>
    public static string HowToRaise(string limit) => $"If you trust the image, raise {limit} on its item (or the property Oci{limit}, for all images).";
}
