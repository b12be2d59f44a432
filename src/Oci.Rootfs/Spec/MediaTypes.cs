using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Spec;

internal enum LayerCompression
{
    None,
    Gzip,
    Zstd,

    /// <summary>Said by no media type, but read by docker, and so written by somebody.</summary>
    Bzip2,
}

/// <summary>The media types that the engine knows: those of the image-spec and docker's own of the same meaning.</summary>
internal static class MediaTypes
{
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Config = "application/vnd.oci.image.config.v1+json";
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    private const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
    private const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    public static bool IsIndex(string mediaType) => mediaType is Index or DockerIndex;

    public static bool IsManifest(string mediaType) => mediaType is Manifest or DockerManifest;

    public static bool IsConfig(string mediaType) => mediaType is Config or DockerConfig;

    /// <summary>A layer that registries need not have (image-spec layer.md, "Non-Distributable Layers").</summary>
    public static bool IsForeign(string mediaType) =>
        mediaType.Contains(".layer.nondistributable.", StringComparison.Ordinal) || mediaType.Contains(".rootfs.foreign.", StringComparison.Ordinal);

    /// <summary>What a layer's media type says about its compression.</summary>
    /// <exception cref="OciException">It is no layer's media type (rule 88).</exception>
    public static LayerCompression CompressionOf(string mediaType) => mediaType switch
    {
        Layer or "application/vnd.oci.image.layer.nondistributable.v1.tar"
            or "application/vnd.docker.image.rootfs.diff.tar" or "application/vnd.docker.image.rootfs.foreign.diff.tar" => LayerCompression.None,
        Layer + "+gzip" or "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
            or "application/vnd.docker.image.rootfs.diff.tar.gzip" or "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" => LayerCompression.Gzip,
        Layer + "+zstd" or "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
            or "application/vnd.docker.image.rootfs.diff.tar.zstd" or "application/vnd.docker.image.rootfs.foreign.diff.tar.zstd" => LayerCompression.Zstd,
        _ => throw SelectionErrors.UnknownLayerType(mediaType),
    };
}
