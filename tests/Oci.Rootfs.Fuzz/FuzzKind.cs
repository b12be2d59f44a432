namespace Oci.Rootfs.Fuzz;

/// <summary>The mutated part of an image. All digests and checksums around it are made to fit, so that the engine reads that far.</summary>
internal enum FuzzKind
{
    /// <summary>The bytes of an image archive, OCI or docker.</summary>
    Archive,

    /// <summary>The bytes of a layer's tar.</summary>
    Tar,

    /// <summary>The records of PAX headers in a layer's tar.</summary>
    Pax,

    /// <summary>Index, manifest, config or oci-layout: their text, or their values.</summary>
    Json,

    /// <summary>The bytes of a gzip layer.</summary>
    Gzip,

    /// <summary>The bytes of gzip (odd seeds) or zstd, for both of its decoders, without an image around it.</summary>
    Decoders,

    /// <summary>The bytes of a zstd layer.</summary>
    Zstd,

    /// <summary>Well-formed layers of hostile entries.</summary>
    Stack,

    /// <summary>The beginning or the bytes of a layer that is larger than the engine's read-ahead.</summary>
    Large,
}
