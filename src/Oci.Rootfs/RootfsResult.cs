namespace Oci.Rootfs;

/// <summary>The image extracted now, or found up to date.</summary>
public sealed record RootfsResult
{
    /// <summary>False when everything was up to date, and the engine wrote nothing.</summary>
    public required bool Extracted { get; init; }

    public required string ManifestDigest { get; init; }

    public required string ConfigDigest { get; init; }

    /// <summary><c>os/architecture[/variant]</c> of the chosen image.</summary>
    public required string Platform { get; init; }

    /// <summary>The config's <c>os.version</c>; null for none.</summary>
    public string? OsVersion { get; init; }

    /// <summary>The config's <c>os.features</c>.</summary>
    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    /// <summary>Bottom layer first.</summary>
    public required IReadOnlyList<RootfsLayer> Layers { get; init; }

    public required RootfsImageConfig Config { get; init; }

    /// <summary>What an update has changed; null where the tree was made as a whole, or was up to date.</summary>
    public RootfsChange? Change { get; init; }

    /// <summary>The archives of the tree, in the request's order.</summary>
    public IReadOnlyList<RootfsArchive> Archives { get; init; } = [];

    /// <summary>The image archive; null where the request has none.</summary>
    public RootfsArchive? ImageArchive { get; init; }
}

/// <summary>One layer of the extracted image.</summary>
/// <param name="Digest">The digest of the blob as stored.</param>
/// <param name="DiffId">The digest of the uncompressed tar.</param>
/// <param name="MediaType">The media type in the manifest.</param>
/// <param name="Size">The size of the blob as stored, in bytes.</param>
public sealed record RootfsLayer(string Digest, string DiffId, string MediaType, long Size);
