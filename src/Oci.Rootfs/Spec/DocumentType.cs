using System.Text.Json;

namespace Oci.Rootfs.Spec;

/// <summary>Tells an index from a manifest where nothing beside the document does.</summary>
internal static class DocumentType
{
    /// <returns>The media type that the document gives itself, or else the one that its members have; null for any other document.</returns>
    public static string? Of(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Utf8JsonReader json = new(bytes);
            string? shape = null;
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isType = json.ValueTextEquals("mediaType"u8);
                if (json.ValueTextEquals("manifests"u8))
                    shape ??= MediaTypes.Index;
                else if (json.ValueTextEquals("layers"u8))
                    shape ??= MediaTypes.Manifest;
                json.Read();
                if (isType && json.TokenType == JsonTokenType.String && json.GetString() is { } type && (MediaTypes.IsIndex(type) || MediaTypes.IsManifest(type)))
                    return type;
                json.Skip();
            }
            return shape;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
