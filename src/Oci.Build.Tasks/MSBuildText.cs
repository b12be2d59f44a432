using System.Globalization;
using System.Text;

namespace Oci.Build.Tasks;

/// <summary>Text in MSBuild's escaped form, which an item's identity is given in: nothing in it is evaluated, split or expanded.</summary>
internal static class MSBuildText
{
    private const string Special = "%*?@$();'";

    public static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            if (Special.Contains(c, StringComparison.Ordinal))
                escaped.Append('%').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }
}
