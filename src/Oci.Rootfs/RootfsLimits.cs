using Oci.Rootfs.Errors;

namespace Oci.Rootfs;

/// <summary>
/// The most that an image may cost. The defaults let every honest image through, and stop a bomb before it fills a disk or the memory. Each
/// property is a row of the table in docs/limits.md.
/// </summary>
public sealed record RootfsLimits
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    [Limit("bytes", "what all layers together may inflate to, hidden files included, each layer once; of long runs of zeros, which become holes, each 64 bytes count as one; a sparse file counts with the blocks that it takes", "OCI4221")]
    public long MaxUncompressedBytes { get; init; } = 256 * GiB;

    [Limit("bytes", "what an archive that is compressed as a whole may unpack to, in the cache", "OCI4230")]
    public long MaxArchiveBytes { get; init; } = 64 * GiB;

    [Limit("bytes", "one file, holes included", "OCI4202")]
    public long MaxFileBytes { get; init; } = 1024 * GiB;

    [Limit("paths", "what all layers together may name, implied directories included; entries of the layers, and of the archive", "OCI4211", "OCI4215", "OCI4228")]
    public int MaxNodes { get; init; } = 8_000_000;

    [Limit("bytes", "names, link targets and extended attributes over all layers; names in the archive", "OCI4212", "OCI4229")]
    public long MaxNameBytes { get; init; } = GiB;

    /// <summary>Tools that make images stop at 127 layers.</summary>
    [Limit("layers", "the image", "OCI4233")]
    public int MaxLayers { get; init; } = 1000;

    [Limit("components", "one path", "OCI4213")]
    public int MaxPathDepth { get; init; } = 4096;

    [Limit("components and links", "the way to where one path leads; 1024 times as many for all paths together", "OCI4214", "OCI4216")]
    public int MaxResolutionSteps { get; init; } = 65_536;

    [Limit("bytes per stored byte", "what a layer's blob, or an archive, inflates to beyond `RatioFreeBytes`", "OCI4222")]
    public int MaxCompressionRatio { get; init; } = 1000;

    /// <summary>
    /// zstd compresses a gigabyte of zeros (a swap file, a database's first extent) to 32 kB. An honest layer may have nothing else.
    /// </summary>
    [Limit("bytes", "what `MaxCompressionRatio` does not count of each layer", "OCI4222")]
    public long RatioFreeBytes { get; init; } = GiB;

    /// <summary>The default is the one of zstd itself.</summary>
    [Limit("bytes", "the memory that zstd data may ask for as its window; rounded down to a power of two", "OCI4223")]
    public long MaxZstdWindowBytes { get; init; } = 128 * MiB;

    [Limit("bytes", "one index, manifest or config", "OCI4224")]
    public int MaxJsonBytes { get; init; } = (int)(16 * MiB);

    /// <summary>A document counts as often as the engine reads it. Honest images have some kilobytes a platform.</summary>
    [Limit("bytes", "all indexes, manifests and configs that are read of one image", "OCI4232")]
    public long MaxJsonBytesInAll { get; init; } = 64 * MiB;

    [Limit("levels", "the depth of one index, manifest or config", "OCI4225")]
    public int MaxJsonDepth { get; init; } = 64;

    [Limit("bytes", "PAX records, GNU long names and the sparse map of one tar entry", "OCI4201")]
    public int MaxTarHeaderBytes { get; init; } = (int)(8 * MiB);

    [Limit("levels", "the depth of indexes within indexes", "OCI4226")]
    public int MaxIndexDepth { get; init; } = 8;

    [Limit("documents", "indexes and manifests looked at to choose one", "OCI4227")]
    public int MaxIndexes { get; init; } = 1000;

    [Limit("bytes", "one archive of the tree, before it is compressed; long paths and holes cost an image little and an archive much", "OCI6302")]
    public long MaxRootfsArchiveBytes { get; init; } = 256 * GiB;

    [Limit("bytes", "the `Mtree` file", "OCI6002")]
    public long MaxMtreeBytes { get; init; } = 8 * GiB;

    [Limit("bytes", "the file that says what a tree is made of, for [updates](incremental.md); a tree with a larger one has none, and is always replaced whole")]
    public long MaxStateBytes { get; init; } = 256 * MiB;

    /// <summary>All of them, in a fixed order.</summary>
    internal long[] Values =>
    [
        MaxUncompressedBytes, MaxArchiveBytes, MaxFileBytes, MaxNodes, MaxNameBytes, MaxLayers, MaxPathDepth, MaxResolutionSteps, MaxCompressionRatio, RatioFreeBytes,
        MaxZstdWindowBytes, MaxJsonBytes, MaxJsonBytesInAll, MaxJsonDepth, MaxTarHeaderBytes, MaxIndexDepth, MaxIndexes, MaxRootfsArchiveBytes, MaxMtreeBytes, MaxStateBytes,
    ];

    /// <summary>
    /// Returns these limits with those replaced that a text sets: <c>MaxNodes=5;MaxFileBytes=1000</c>. If it sets a limit twice, the last
    /// value counts.
    /// </summary>
    /// <param name="settings">Divided by semicolons, commas or white space. A null or empty text costs nothing.</param>
    /// <exception cref="OciException">OCI7010: no such limit, or no such value.</exception>
    public RootfsLimits With(string? settings)
    {
        if (string.IsNullOrWhiteSpace(settings))
            return this;
        RootfsLimits changed = this with { };
        foreach (string setting in settings.Split([';', ',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            LimitRow row = equals < 0 ? throw BuildErrors.NoSetting(setting) : LimitTable.Find(setting.AsSpan(0, equals)) ?? throw BuildErrors.NoSuchLimit(setting[..equals]);
            string value = setting[(equals + 1)..];
            if (!row.TrySet(changed, value))
                throw BuildErrors.BadLimit(row.Name, value, row.Most);
        }
        return changed;
    }
}
