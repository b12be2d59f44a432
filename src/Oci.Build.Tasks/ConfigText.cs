using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Lists and maps as one string that loses nothing: JSON, as in the generated props. Split at <c>;</c> they would be what the image's
/// author makes of them.
/// </summary>
internal static class ConfigText
{
    /// <returns>An array of strings; empty for an absent list, which is not an empty one.</returns>
    public static string List(IReadOnlyList<string>? values) => JsonStrings.Of(values);

    /// <returns>An object of strings.</returns>
    public static string Map(IEnumerable<KeyValuePair<string, string>> values) =>
        "{" + string.Join(',', values.Select(static pair => $"{One(pair.Key)}:{One(pair.Value)}")) + "}";

    private static string One(string value) => JsonStrings.Of([value])[1..^1];
}
