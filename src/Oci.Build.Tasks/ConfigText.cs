using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Oci.Build.Tasks;

/// <summary>Lists and maps as one string that loses nothing: JSON. Split at <c>;</c> they would be what the image's author makes of them.</summary>
internal static class ConfigText
{
    // Not for a web page: quotes and backslashes are enough, and people read it.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>An array of strings; null for an absent list, which is not an empty one.</returns>
    public static string? List(IReadOnlyList<string>? values) => values is null ? null : Write(writer =>
    {
        writer.WriteStartArray();
        foreach (string value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    });

    /// <returns>An object of strings.</returns>
    public static string Map(IEnumerable<KeyValuePair<string, string>> values) => Write(writer =>
    {
        writer.WriteStartObject();
        foreach ((string key, string value) in values)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    });

    private static string Write(Action<Utf8JsonWriter> content)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, Options))
            content(writer);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
