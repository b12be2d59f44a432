using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>The one image of a source that the user asked for, its manifest and config read and verified.</summary>
internal sealed record SelectedImage
{
    public required Descriptor Manifest { get; init; }

    public required Descriptor Config { get; init; }

    /// <summary>The config document as stored.</summary>
    public required byte[] ConfigBytes { get; init; }

    /// <summary>The config document's <c>config</c> object.</summary>
    public required RootfsImageConfig RunConfig { get; init; }

    /// <summary>
    /// The config's own os, architecture and variant. Where the config leaves them empty, the index's platform or the requested one.
    /// </summary>
    public required OciPlatform Platform { get; init; }

    /// <summary>The blobs in the manifest's order, which may differ from the order of application (rule 84).</summary>
    public required IReadOnlyList<Descriptor> Layers { get; init; }

    /// <summary>The digests of the inflated layers, one each, in the order of application, bottom first.</summary>
    public required IReadOnlyList<Digest> DiffIds { get; init; }

    /// <summary>The digest algorithms of the diff_ids: usually one.</summary>
    public IReadOnlyList<string> DiffIdAlgorithms => field ??= [.. DiffIds.Select(static d => d.Algorithm).Distinct()];

    /// <param name="order">The number of the layer in the manifest for each place in the order of application.</param>
    /// <param name="extracted">Whether the build did any work.</param>
    public RootfsResult ToResult(IReadOnlyList<int> order, bool extracted) => new()
    {
        Extracted = extracted,
        ManifestDigest = Manifest.Digest.ToString(),
        ConfigDigest = Config.Digest.ToString(),
        Platform = Platform.ToString(),
        OsVersion = Platform.OsVersion,
        OsFeatures = Platform.OsFeatures,
        Layers = [.. DiffIds.Select((diffId, place) => Layer(Layers[order[place]], diffId))],
        Config = RunConfig,
    };

    private static RootfsLayer Layer(Descriptor blob, Digest diffId) => new(blob.Digest.ToString(), diffId.ToString(), blob.MediaType, blob.Size);
}
