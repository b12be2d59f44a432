using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Escapes text so that MSBuild evaluates, splits and expands none of it: the build gets exactly the text that was escaped.
/// </summary>
internal static class MSBuildEscaping
{
    private const string PlainInAttributes = " _-+.,:/=~![]{}|^`";
    private const string SpecialInItems = "%*?@$();'\\";

    /// <summary>
    /// Escapes the identity of an item that a task makes, or a path that the targets make one of. MSBuild takes it in its escaped form,
    /// without XML around it, and keeps all other characters. It would trim white space at the ends, and take a backslash for a slash.
    /// </summary>
    public static string Identity(string text)
    {
        StringBuilder escaped = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool trimmed = c <= '\u00a0' && char.IsWhiteSpace(c) && (i == 0 || i == text.Length - 1);
            if (SpecialInItems.Contains(c, StringComparison.Ordinal) || trimmed)
                escaped.Append('%').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }

    /// <summary>Escapes the value of an attribute in a project file, without the quotes: safe to show and to paste.</summary>
    public static string Attribute(string text)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        WriteAttribute(output, text);
        return output.ToString();
    }

    /// <summary>
    /// Writes an attribute's value, without the quotes, to a file. Characters with a meaning in XML or MSBuild become <c>%XX</c>
    /// (<c>% $ @ ( ) ; ' ? * &lt; &gt; &amp; "</c>), and so do those that either may trim, normalise or refuse (white space at the ends,
    /// line ends, controls, NUL), and the backslash, which MSBuild on Unix turns into a slash. MSBuild decodes <c>%XX</c> after everything
    /// else. Above U+00A0 <c>%XX</c> does not work. There, invisible characters, and those that XML does not allow (U+FFFE, U+FFFF, half of
    /// a surrogate pair), become numeric references; MSBuild's XML reader accepts them all.
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
