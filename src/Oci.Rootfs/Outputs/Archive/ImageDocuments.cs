using System.Text.Json;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// The documents of an image archive: those of an OCI layout (image-spec manifest.md, image-index.md, image-layout.md), and
/// <c>manifest.json</c>, by which docker reads the same blobs.
/// </summary>
internal static class ImageDocuments
{
    public static ReadOnlySpan<byte> Layout => """{"imageLayoutVersion":"1.0.0"}"""u8;

    /// <summary>The manifest of the image.</summary>
    /// <param name="config">The config's digest.</param>
    /// <param name="configLength">The config's length in bytes.</param>
    /// <param name="layer">The one layer.</param>
    public static byte[] Manifest(string config, long configLength, LayerBlob layer) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", MediaTypes.Manifest);
        json.WriteStartObject("config");
        WriteDescriptor(json, MediaTypes.Config, config, configLength);
        json.WriteEndObject();
        json.WriteStartArray("layers");
        json.WriteStartObject();
        WriteDescriptor(json, layer.MediaType, layer.Digest, layer.Length);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The index of the layout, with the image's name for those who look for one.</summary>
    public static byte[] Index(string manifest, long length, OciPlatform platform, ImageTag name) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 2);
        json.WriteString("mediaType", MediaTypes.Index);
        json.WriteStartArray("manifests");
        json.WriteStartObject();
        WriteDescriptor(json, MediaTypes.Manifest, manifest, length);
        json.WriteStartObject("platform");
        json.WriteString("architecture", platform.Architecture);
        json.WriteString("os", platform.Os);
        if (platform.OsVersion is not null)
            json.WriteString("os.version", platform.OsVersion);
        if (platform.Variant is not null)
            json.WriteString("variant", platform.Variant);
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        json.WriteString("io.containerd.image.name", name.FullName);
        json.WriteString("org.opencontainers.image.ref.name", name.Tag);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>docker's own list of images.</summary>
    public static byte[] DockerManifest(string config, string layer, ImageTag name) => Write(json =>
    {
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("Config", BlobName(config));
        json.WriteStartArray("RepoTags");
        json.WriteStringValue(name.ToString());
        json.WriteEndArray();
        json.WriteStartArray("Layers");
        json.WriteStringValue(BlobName(layer));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>The name of a blob in the archive.</summary>
    /// <param name="digest">The digest, <c>sha256:…</c>.</param>
    public static string BlobName(string digest) => "blobs/" + digest.Replace(':', '/');

    private static void WriteDescriptor(Utf8JsonWriter json, string mediaType, string digest, long length)
    {
        json.WriteString("mediaType", mediaType);
        json.WriteString("digest", digest);
        json.WriteNumber("size", length);
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream output = new();
        using (Utf8JsonWriter json = new(output))
            write(json);
        return output.ToArray();
    }
}
