using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Spec;

/// <summary>The media types that the engine knows: those of the image-spec and docker's own of the same meaning.</summary>
internal static class MediaTypes
{
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Config = "application/vnd.oci.image.config.v1+json";
    private const string Layer = "application/vnd.oci.image.layer.v1.tar";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    private const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>
    /// The beginnings of the media types of compressed layers. Without the last character, each is the type of an uncompressed layer.
    /// </summary>
    private static readonly string[] CompressedLayers =
    [
        Layer + "+",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+",
        "application/vnd.docker.image.rootfs.diff.tar.",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.",
    ];

    public static bool IsIndex(string mediaType) => mediaType is Index or DockerIndex;

    public static bool IsManifest(string mediaType) => mediaType is Manifest or DockerManifest;

    public static bool IsConfig(string mediaType) => mediaType is Config or DockerConfig;

    /// <summary>Whether registries may lack the layer (image-spec layer.md, "Non-Distributable Layers").</summary>
    public static bool IsForeign(string mediaType) =>
        mediaType.Contains(".layer.nondistributable.", StringComparison.Ordinal) || mediaType.Contains(".rootfs.foreign.", StringComparison.Ordinal);

    /// <summary>The type of a layer that is compressed in this way; null stands for an uncompressed one.</summary>
    public static string LayerOf(string? suffix) => suffix is null ? Layer : $"{Layer}+{suffix}";

    /// <summary>The part of a layer's media type behind the tar's; null when there is none. Compression knows its meaning.</summary>
    /// <exception cref="OciException">It is no layer's media type (rule 88).</exception>
    public static string? LayerSuffix(string mediaType)
    {
        foreach (string start in CompressedLayers)
        {
            if (mediaType.StartsWith(start, StringComparison.Ordinal))
                return mediaType[start.Length..];
            if (start.AsSpan(0, start.Length - 1).SequenceEqual(mediaType))
                return null;
        }
        throw SelectionErrors.UnknownLayerType(mediaType);
    }
}
