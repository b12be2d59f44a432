using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>Text that MSBuild takes as text: none of it is evaluated, split or expanded, and what comes out is exactly what went in.</summary>
internal static class MSBuildEscaping
{
    private const string PlainInAttributes = " _-+.,:/=~!#[]{}|^`";
    private const string SpecialInItems = "%*?@$();'";

    /// <summary>
    /// The identity of an item that a task makes: MSBuild takes it in its escaped form, without XML around it, and leaves all other
    /// characters as they are.
    /// </summary>
    public static string Identity(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            if (SpecialInItems.Contains(c, StringComparison.Ordinal))
                escaped.Append('%').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }

    /// <summary>The value of an attribute in a project file, without the quotes: safe to show and to paste.</summary>
    public static string Attribute(string text)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        WriteAttribute(output, text);
        return output.ToString();
    }

    /// <summary>
    /// The same, to a file. What XML and MSBuild give a meaning (<c>% $ @ ( ) ; ' ? * &lt; &gt; &amp; "</c>), what either may trim, normalise
    /// or refuse (white space at the ends, line ends, controls, NUL) and the backslash, which MSBuild on Unix turns to a slash, become
    /// <c>%XX</c>, of which MSBuild makes one character again after everything else. Above U+00A0 <c>%XX</c> does not reach: there,
    /// characters that can't be seen, and those that XML has no place for (U+FFFE, U+FFFF, half of a surrogate pair), become numeric
    /// references; MSBuild's XML reader takes them all.
    /// </summary>
    public static void WriteAttribute(TextWriter output, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool atEnd = i == 0 || i == text.Length - 1;
            if (c <= '\u00a0')
                WriteLow(output, c, atEnd);
            else
                i += WriteHigh(output, text[i..]) - 1;
        }
    }

    private static int WriteHigh(TextWriter output, ReadOnlySpan<char> text)
    {
        bool whole = Rune.DecodeFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
        if (whole && IsVisible(rune))
            output.Write(text[..length]);
        else
            output.Write(string.Create(CultureInfo.InvariantCulture, $"&#x{(whole ? rune.Value : text[0]):X};"));
        return length;
    }

    private static void WriteLow(TextWriter output, char c, bool atEnd)
    {
        if (char.IsAsciiLetterOrDigit(c) || (PlainInAttributes.Contains(c, StringComparison.Ordinal) && !(c == ' ' && atEnd)))
            output.Write(c);
        else
            output.Write(string.Create(CultureInfo.InvariantCulture, $"%{(int)c:X2}"));
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
