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

    private const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    private const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>What the types of compressed layers begin with; without the last character, those of layers that are not compressed.</summary>
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

    /// <summary>A layer that registries need not have (image-spec layer.md, "Non-Distributable Layers").</summary>
    public static bool IsForeign(string mediaType) =>
        mediaType.Contains(".layer.nondistributable.", StringComparison.Ordinal) || mediaType.Contains(".rootfs.foreign.", StringComparison.Ordinal);

    /// <summary>The type of a layer that is compressed so; null for one that is not compressed.</summary>
    public static string LayerOf(string? suffix) => suffix is null ? Layer : $"{Layer}+{suffix}";

    /// <summary>What a layer's media type says behind the tar's; null when nothing. What it means is Compression's affair.</summary>
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
