using System.Text.Json;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>Writes the index and the manifests that a docker-archive lacks. The same archive always gives the same documents.</summary>
internal static class DockerDocuments
{
    public static byte[] Manifest(Descriptor config, IEnumerable<Descriptor> layers) => Write(writer =>
    {
        writer.WriteNumber("schemaVersion", 2);
        writer.WriteString("mediaType", MediaTypes.Manifest);
        writer.WritePropertyName("config");
        WriteDescriptor(writer, config);
        writer.WriteStartArray("layers");
        foreach (Descriptor layer in layers)
            WriteDescriptor(writer, layer);
        writer.WriteEndArray();
    });

    public static byte[] Index(IEnumerable<Descriptor> manifests) => Write(writer =>
    {
        writer.WriteNumber("schemaVersion", 2);
        writer.WriteStartArray("manifests");
        foreach (Descriptor manifest in manifests)
            WriteDescriptor(writer, manifest);
        writer.WriteEndArray();
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void WriteDescriptor(Utf8JsonWriter writer, Descriptor descriptor)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType", descriptor.MediaType);
        writer.WriteString("digest", descriptor.Digest.ToString());
        writer.WriteNumber("size", descriptor.Size);
        if (descriptor.Names.Full is not null)
        {
            writer.WriteStartObject("annotations");
            writer.WriteString(DescriptorNames.FullKey, descriptor.Names.Full);
            if (descriptor.Names.Short is not null)
                writer.WriteString(DescriptorNames.ShortKey, descriptor.Names.Short);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}
