namespace Oci.Rootfs;

/// <summary>
/// What an image may cost at the most. Each limit has an error of its own (<c>OCI42xx</c>) that names the property which raises it.
/// The defaults let every honest image through and stop a bomb before it fills a disk or the memory.
/// </summary>
public sealed record RootfsLimits
{
    /// <summary>
    /// Bytes that all layers of the image may inflate to, hidden files included, each layer once. Long runs of zeros become holes: of them
    /// each 64 bytes count as one. A sparse file counts with the blocks that it takes. Default: 256 GiB.
    /// </summary>
    public long MaxUncompressedBytes { get; init; } = 256L << 30;

    /// <summary>Bytes that an image archive which is compressed as a whole may unpack to, in the cache. Default: 64 GiB.</summary>
    public long MaxArchiveBytes { get; init; } = 64L << 30;

    /// <summary>Apparent size of one file, holes included, in bytes. Default: 1 TiB.</summary>
    public long MaxFileBytes { get; init; } = 1L << 40;

    /// <summary>Paths that all layers together may name, implied directories included. Default: 8 million.</summary>
    public int MaxNodes { get; init; } = 8_000_000;

    /// <summary>Bytes of names, link targets and extended attributes over all layers. Default: 1 GiB.</summary>
    public long MaxNameBytes { get; init; } = 1L << 30;

    /// <summary>Layers of the image. Tools that make images stop at 127. Default: 1000.</summary>
    public int MaxLayers { get; init; } = 1000;

    /// <summary>Components of one path. Default: 4096.</summary>
    public int MaxPathDepth { get; init; } = 4096;

    /// <summary>Steps (components and links) in the resolution of one path. Default: 65,536.</summary>
    public int MaxResolutionSteps { get; init; } = 65_536;

    /// <summary>Inflated bytes per byte of a layer's blob, or of an archive, beyond <see cref="RatioFreeBytes"/>. Default: 1000.</summary>
    public int MaxCompressionRatio { get; init; } = 1000;

    /// <summary>
    /// Inflated bytes of each layer that <see cref="MaxCompressionRatio"/> does not count. zstd makes of a gigabyte of zeros (a swap
    /// file, a database's first extent) 32 kB, and layers of nothing else are honest. Default: 1 GiB.
    /// </summary>
    public long RatioFreeBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of memory that a layer's zstd data may ask for as its window; rounded down to a power of two. Default: 128 MiB, zstd's own.</summary>
    public long MaxZstdWindowBytes { get; init; } = 128L << 20;

    /// <summary>Bytes of one index, manifest or config document. Default: 16 MiB.</summary>
    public int MaxJsonBytes { get; init; } = 16 << 20;

    /// <summary>Depth of one JSON document. Default: 64.</summary>
    public int MaxJsonDepth { get; init; } = 64;

    /// <summary>Bytes of PAX records, GNU long names and sparse maps of one tar entry. Default: 8 MiB.</summary>
    public int MaxTarHeaderBytes { get; init; } = 8 << 20;

    /// <summary>Depth of indexes within indexes. Default: 8.</summary>
    public int MaxIndexDepth { get; init; } = 8;

    /// <summary>Indexes and manifests looked at to choose one. Default: 1000.</summary>
    public int MaxIndexes { get; init; } = 1000;

    /// <summary>Bytes of the record of every path. Default: 8 GiB.</summary>
    public long MaxMtreeBytes { get; init; } = 8L << 30;
}
