namespace Oci.Rootfs;

/// <summary>How the one layer of an image archive is compressed.</summary>
public enum ImageArchiveCompression
{
    /// <summary>Everybody reads it.</summary>
    Gzip,

    /// <summary>Smaller and faster. docker reads it from version 23 on.</summary>
    Zstd,
}
