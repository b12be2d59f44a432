using System.Text.Json;

namespace Oci.Rootfs.Registry;

/// <summary>Members of JSON that others wrote, where anything of another type counts as absent.</summary>
internal static class JsonMember
{
    /// <returns>Null where there is no such text.</returns>
    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <returns>The members of an object; none where there is no such object.</returns>
    public static JsonElement.ObjectEnumerator Members(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : default;
}
