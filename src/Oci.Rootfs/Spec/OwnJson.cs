using System.Buffers;
using System.Text.Json;

namespace Oci.Rootfs.Spec;

/// <summary>
/// Files that the engine writes for itself, as JSON. Written by hand because a build with nothing to do reads them and does little else.
/// Every such build would have to compile the serialiser's code for our types, which takes longer than all its other work.
/// </summary>
internal static class OwnJson
{
    private const int Format = 1;

    private static readonly JsonWriterOptions Layout = new() { Indented = true, NewLine = "\n" };

    public static ReadOnlySpan<byte> Write(Action<Utf8JsonWriter> writeMembers)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, Layout))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            writeMembers(json);
            json.WriteEndObject();
        }
        return bytes.WrittenSpan;
    }

    /// <summary>Parses a file; null for any other content.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="readMembers">Reads the object's members. It may return null, and throw whatever JsonElement throws.</param>
    public static T? Parse<T>(ReadOnlyMemory<byte> bytes, Func<JsonElement, T?> readMembers)
        where T : class
    {
        // The file is new, and an exception would cost time.
        if (bytes.IsEmpty)
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            return root.GetProperty("format").GetInt32() == Format ? readMembers(root) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // System.Text.Json throws these for other types, absent members, odd numbers and text that is no Unicode.
            return null;
        }
    }
}
