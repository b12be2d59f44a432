using System.Buffers;
using System.Text.Json;

namespace Oci.Rootfs.Spec;

/// <summary>
/// Files that we write for ourselves, as JSON. By hand because a build with nothing to do reads them and does little else: the serialiser's
/// types for our types would be compiled in every such build, and take longer than all the rest.
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

    /// <summary>Null for what is no such file, whatever it is.</summary>
    /// <param name="bytes">Anything.</param>
    /// <param name="readMembers">Of the object. May return null, and throw what JsonElement throws.</param>
    public static T? Parse<T>(ReadOnlyMemory<byte> bytes, Func<JsonElement, T?> readMembers)
        where T : class
    {
        // A new one: not worth an exception.
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
            // What System.Text.Json throws for other types, absent members, odd numbers and text that is no Unicode.
            return null;
        }
    }
}
