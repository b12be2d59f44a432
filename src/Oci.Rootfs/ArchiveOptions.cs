namespace Oci.Rootfs;

/// <summary>How archives of the tree are written. Every option is part of an archive's key, so that a changed one writes it anew.</summary>
public sealed record ArchiveOptions
{
    /// <summary>The <see cref="CompressionLevel"/> that zstd has by itself.</summary>
    public const int DefaultLevel = 3;

    /// <summary>The pattern of <see cref="Xattrs"/> for all of them.</summary>
    public const string AllXattrs = "*";

    /// <summary>1 (fast) to 19 (small), as <c>zstd</c> counts; gzip takes 9 for all above 9. Null: 3 for zstd, 6 for gzip.</summary>
    public int? CompressionLevel { get; init; }

    public ArchiveMtime Mtime { get; init; }

    /// <summary>Bytes of holes in one file, beyond which the archive has the file as a sparse one. Many programs can't read that.</summary>
    public long HoleThreshold { get; init; } = 64 << 20;

    public ArchiveDevices Devices { get; init; }

    /// <summary>
    /// The extended attributes in the archive: names, in which <c>*</c> stands for any text. The text form of an ACL goes with its attribute.
    /// </summary>
    public IReadOnlyList<string> Xattrs { get; init; } = [AllXattrs];

    /// <summary>
    /// Who takes the archives. It changes no byte of them, and is part of their key all the same: so a consumer that is added is checked.
    /// </summary>
    public ArchiveConsumers For { get; init; }
}
