namespace Oci.Rootfs;

/// <summary>The content of an image file or directory, and the part that an extraction would take.</summary>
public sealed record RootfsListing
{
    /// <summary>Each manifest once, in the index's order.</summary>
    public required IReadOnlyList<RootfsListedImage> Images { get; init; }

    /// <summary>Media types of other things in the index; a few of them.</summary>
    public required IReadOnlyList<string> OtherMediaTypes { get; init; }

    /// <summary>Code and message of the error that would end an extraction; null when the engine would choose an image.</summary>
    public string? NothingChosen { get; init; }
}

/// <summary>One image of a listing.</summary>
public sealed record RootfsListedImage
{
    /// <summary>The image's names in the index; empty for none.</summary>
    public required IReadOnlyList<string> References { get; init; }

    /// <summary><c>os/architecture[/variant]</c>; null where neither index nor config has it.</summary>
    public string? Platform { get; init; }

    /// <summary><c>os.version</c>. Images for Windows differ in it.</summary>
    public string? OsVersion { get; init; }

    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    public required string ManifestDigest { get; init; }

    public string? ConfigDigest { get; init; }

    /// <summary>Bottom first; without diff_ids.</summary>
    public IReadOnlyList<RootfsLayer> Layers { get; init; } = [];

    /// <summary>True when an extraction would take the image.</summary>
    public bool Chosen { get; init; }

    /// <summary>Code and message of an error in the image, for example a missing blob; null for none.</summary>
    public string? Problem { get; init; }
}
