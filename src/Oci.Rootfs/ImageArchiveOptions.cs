namespace Oci.Rootfs;

/// <summary>
/// How an image archive (<see cref="OutputKind.ImageArchive"/>) is written, besides <see cref="ArchiveOptions"/>, which are about its layer.
/// Every option is part of its key.
/// </summary>
public sealed record ImageArchiveOptions
{
    public ImageArchiveCompression Compression { get; init; }

    /// <summary>The image's name in the archive, <c>repository[:tag]</c>. Null for a name made of <see cref="RootfsRequest.Name"/>.</summary>
    public string? Reference { get; init; }
}
