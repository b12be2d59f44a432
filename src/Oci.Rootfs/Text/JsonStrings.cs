using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Argument lists as JSON text, in ASCII. By hand because the serialiser replaces half surrogate pairs, which JSON can spell.
/// </summary>
internal static class JsonStrings
{
    /// <summary>A JSON array of strings; empty text for null.</summary>
    public static string Of(IReadOnlyList<string>? list)
    {
        if (list is null)
            return "";
        StringBuilder json = new("[");
        foreach (string text in list)
        {
            json.Append(json.Length == 1 ? "\"" : ",\"");
            foreach (char c in text)
                Append(json, c);
            json.Append('"');
        }
        return json.Append(']').ToString();
    }

    private static void Append(StringBuilder json, char c)
    {
        if (c is '"' or '\\')
            json.Append('\\').Append(c);
        else if (c is >= ' ' and < '\u007f')
            json.Append(c);
        else
            json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
    }
}
