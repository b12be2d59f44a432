using System.Globalization;

namespace Oci.Rootfs.Errors;

/// <summary>
/// OCI42xx: an image costs more than <see cref="RootfsLimits"/> allow. Codes, units and hints come from the table of limits.
/// </summary>
internal static class LimitErrors
{
    public static OciException UncompressedBytes(long limit) =>
        Exceeded(nameof(RootfsLimits.MaxUncompressedBytes), "The layers inflate to too many bytes", limit);

    public static OciException CompressionRatio(long limit, long free, long blob) => Exceeded(
        nameof(RootfsLimits.MaxCompressionRatio), "Data is compressed suspiciously well", limit, $"more than {Number(free)} bytes and {Number(limit)} times the {Number(blob)} stored");

    public static OciException ZstdWindow(long limit) => Exceeded(
        nameof(RootfsLimits.MaxZstdWindowBytes), "A zstd window is too large", limit, advice: "Compress it without --long, or with --long=27. ");

    public static OciException JsonBytes(string document, long limit, long found) =>
        Exceeded(nameof(RootfsLimits.MaxJsonBytes), "A document of the image is too long", limit, $"{Number(found)} bytes", document);

    public static OciException JsonBytesInAll(long limit, long found) => Exceeded(
        nameof(RootfsLimits.MaxJsonBytesInAll), "The documents of the image are too long in all", limit, $"{Number(found)} bytes, and perhaps more");

    public static OciException JsonDepth(string document, long limit) =>
        Exceeded(nameof(RootfsLimits.MaxJsonDepth), "A document of the image is nested too deeply", limit, entry: document);

    public static OciException IndexDepth(string digest, long limit) =>
        Exceeded(nameof(RootfsLimits.MaxIndexDepth), "Indexes are nested too deeply", limit, entry: digest);

    /// <param name="limit">The limit on indexes and manifests.</param>
    /// <param name="referenceHelps">Whether a Reference would make the engine read fewer of them.</param>
    public static OciException Indexes(long limit, bool referenceHelps) => Exceeded(
        nameof(RootfsLimits.MaxIndexes), "Too many indexes and manifests must be read to choose one", limit,
        advice: referenceHelps ? "Set Reference to the name or the digest of the one that you want. " : "");

    public static OciException ArchiveEntries(long limit) =>
        Exceeded(nameof(RootfsLimits.MaxNodes), "The image archive has too many entries", limit, unit: "entries", code: 2);

    public static OciException ArchiveNames(long limit) =>
        Exceeded(nameof(RootfsLimits.MaxNameBytes), "The names in the image archive are too long in total", limit, code: 1);

    public static OciException ArchiveBytes(long limit) =>
        Exceeded(nameof(RootfsLimits.MaxArchiveBytes), "The compressed image archive unpacks to too many bytes", limit);

    /// <summary>A fixed limit: the images with the most platforms have about twenty.</summary>
    public static OciException Platforms(int limit, int found) => new("OCI4231", "The image has too many platforms to extract them all")
    {
        Expected = $"at most {Number(limit)}",
        Found = Number(found),
        Hint = "Extract the ones that you need one by one.",
    };

    public static OciException Layers(int limit, int found) =>
        Exceeded(nameof(RootfsLimits.MaxLayers), "The image has too many layers", limit, Number(found));

    /// <summary>Makes the error of one limit's row, for this catalogue's classes.</summary>
    /// <param name="name">The name of the limit.</param>
    /// <param name="problem">The problem text.</param>
    /// <param name="limit">The limit's value.</param>
    /// <param name="found">The amount in the image, where that is known.</param>
    /// <param name="entry">The tar entry or document at fault.</param>
    /// <param name="unit">The unit of this error, where it differs from the row's.</param>
    /// <param name="advice">A remedy other than raising the limit.</param>
    /// <param name="code">The index of the code in the row.</param>
    public static OciException Exceeded(
        string name, string problem, long limit, string? found = null, string? entry = null, string? unit = null, string advice = "", int code = 0)
    {
        LimitRow row = LimitTable.Find(name)!;
        return new OciException(row.Codes[code], problem)
        {
            Entry = entry,
            Expected = $"at most {Number(limit)} {unit ?? row.Unit}",
            Found = found,
            Hint = $"{advice}If you trust the image, raise {name}: Limits=\"{name}=…\" on its item, or in the property OciLimits for all images.",
        };
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
