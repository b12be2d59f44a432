using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Writes argument lists as JSON text, in ASCII. Written by hand because the serialiser replaces half surrogate pairs, which JSON can
/// spell. The second of two <c>#</c> is written as a number, so that a build that prints the text prints no command to its server (<see
/// cref="LogCommands"/>).
/// </summary>
internal static class JsonStrings
{
    /// <summary>Writes a JSON array of strings; empty text for null.</summary>
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
        else if (c is >= ' ' and < '\u007f' && !(c == '#' && json[^1] == '#'))
            json.Append(c);
        else
            json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
    }
}
