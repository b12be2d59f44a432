using System.Globalization;

namespace Oci.Rootfs.Errors;

/// <summary>OCI42xx: an image costs more than <see cref="RootfsLimits"/> allow; each limit has its code.</summary>
internal static partial class LimitErrors
{
    public static OciException UncompressedBytes(long limit) =>
        Exceeded("OCI4221", "The layers inflate to too many bytes", nameof(RootfsLimits.MaxUncompressedBytes), limit, null);

    public static OciException CompressionRatio(long limit, long free, long blob) =>
        Exceeded("OCI4222", "A layer is compressed suspiciously well", nameof(RootfsLimits.MaxCompressionRatio), limit,
            string.Create(CultureInfo.InvariantCulture, $"more than {free} bytes and {limit} times the blob's {blob}"));

    /// <summary>Fixed: what every decoder must support, and zstd's own default.</summary>
    public static OciException ZstdWindow(long limit) => new("OCI4223", "A layer's zstd window is too large")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit} bytes"),
        Hint = "Compress it without --long, or with --long=27.",
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

    private static OciException Exceeded(string code, string problem, string property, long limit, string? found, string? entry = null) => new(code, problem)
    {
        Entry = entry,
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit}"),
        Found = found,
        Hint = $"If the image is honest, raise {property}.",
    };
}
