namespace Oci.Rootfs;

/// <summary>What is in an image file or directory, and what of it an extraction would take.</summary>
public sealed record RootfsListing
{
    /// <summary>Each manifest once, in the index's order.</summary>
    public required IReadOnlyList<RootfsListedImage> Images { get; init; }

    /// <summary>Media types of other things that the index lists; a few of them.</summary>
    public required IReadOnlyList<string> OtherMediaTypes { get; init; }

    /// <summary>Code and message of the error that an extraction would end in; null when something would be chosen.</summary>
    public string? NothingChosen { get; init; }
}

/// <summary>One image of a listing.</summary>
public sealed record RootfsListedImage
{
    /// <summary>What the index calls it; empty for none.</summary>
    public required IReadOnlyList<string> References { get; init; }

    /// <summary><c>os/architecture[/variant]</c>; null where neither index nor config says.</summary>
    public string? Platform { get; init; }

    /// <summary><c>os.version</c>, with which images for Windows differ.</summary>
    public string? OsVersion { get; init; }

    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    public required string ManifestDigest { get; init; }

    public string? ConfigDigest { get; init; }

    /// <summary>Bottom first; without diff_ids.</summary>
    public IReadOnlyList<RootfsLayer> Layers { get; init; } = [];

    /// <summary>An extraction would take it.</summary>
    public bool Chosen { get; init; }

    /// <summary>Code and message of the error in it, such as a blob that is missing; null for none.</summary>
    public string? Problem { get; init; }
}
