namespace Oci.Rootfs;

/// <summary>What was extracted, or was found extracted already.</summary>
public sealed record RootfsResult
{
    /// <summary>False when everything was up to date and nothing was written.</summary>
    public required bool Extracted { get; init; }

    public required string ManifestDigest { get; init; }

    public required string ConfigDigest { get; init; }

    /// <summary><c>os/architecture[/variant]</c> of the image chosen.</summary>
    public required string Platform { get; init; }

    /// <summary>The config's <c>os.version</c>; null for none.</summary>
    public string? OsVersion { get; init; }

    /// <summary>The config's <c>os.features</c>.</summary>
    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    /// <summary>Bottom layer first.</summary>
    public required IReadOnlyList<RootfsLayer> Layers { get; init; }

    public required RootfsImageConfig Config { get; init; }
}

/// <summary>One layer of the image extracted.</summary>
/// <param name="Digest">Of the blob as stored.</param>
/// <param name="DiffId">Of the uncompressed tar.</param>
/// <param name="MediaType">As the manifest says.</param>
/// <param name="Size">Bytes of the blob as stored.</param>
public sealed record RootfsLayer(string Digest, string DiffId, string MediaType, long Size);
