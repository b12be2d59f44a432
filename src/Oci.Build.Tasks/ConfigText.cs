using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Writes lists and maps as one string without loss: JSON, as in the generated props. A list split at <c>;</c> would let the image's author
/// choose its items.
/// </summary>
internal static class ConfigText
{
    /// <returns>An array of strings. An absent list gives an empty text, an empty list <c>[]</c>.</returns>
    public static string List(IReadOnlyList<string>? values) => JsonStrings.Of(values);

    /// <returns>An object of strings.</returns>
    public static string Map(IEnumerable<KeyValuePair<string, string>> values) =>
        "{" + string.Join(',', values.Select(static pair => $"{One(pair.Key)}:{One(pair.Value)}")) + "}";

    private static string One(string value) => JsonStrings.Of([value])[1..^1];
}
