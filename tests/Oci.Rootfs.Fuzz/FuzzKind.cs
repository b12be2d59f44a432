namespace Oci.Rootfs.Fuzz;

/// <summary>What is mutated; everything around it that has a digest or a checksum is made to fit, so that the engine gets that far.</summary>
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

    /// <summary>Well-formed layers of entries that mean harm.</summary>
    Stack,

    /// <summary>The beginning or the bytes of a layer that is larger than what is read of it ahead.</summary>
    Large,
}
