using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>The one image of a source that was asked for, its manifest and config read and verified.</summary>
internal sealed record SelectedImage
{
    public required Descriptor Manifest { get; init; }

    public required Descriptor Config { get; init; }

    /// <summary>The config document as stored.</summary>
    public required byte[] ConfigBytes { get; init; }

    /// <summary>As chosen: the config's own os, architecture and variant.</summary>
    public required OciPlatform Platform { get; init; }

    /// <summary>In the order in which they are applied: the order of the diff_ids (rule 84).</summary>
    public required IReadOnlyList<ImageLayer> Layers { get; init; }
}

/// <summary>A layer: its blob and the digest of what that inflates to.</summary>
/// <param name="Blob">The compressed layer; its annotations and media type as in the manifest.</param>
/// <param name="DiffId">The digest of the uncompressed tar.</param>
/// <param name="Number">1 for the bottom layer, for messages.</param>
internal sealed record ImageLayer(Descriptor Blob, Digest DiffId, int Number);
