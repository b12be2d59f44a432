using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Text written as the value of an attribute in an MSBuild file, such that evaluation gives back exactly the text and evaluates none of
/// it. What XML and MSBuild give a meaning (<c>% $ @ ( ) ; ' ? * &lt; &gt; &amp; "</c>), what either may trim, normalise or refuse
/// (white space at the ends, line ends, controls, NUL) and the backslash, which MSBuild on Unix turns to a slash, become <c>%XX</c>, of
/// which MSBuild makes one character again after everything else. Above U+00A0 <c>%XX</c> does not reach: there, characters that can't
/// be seen, and those that XML has no place for (U+FFFE, U+FFFF, half of a surrogate pair), become numeric references; MSBuild's XML
/// reader takes them all.
/// </summary>
internal static class MSBuildText
{
    private const string Plain = " _-+.,:/=~!#[]{}|^`";

    public static void Write(TextWriter output, ReadOnlySpan<char> text)
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
        if (char.IsAsciiLetterOrDigit(c) || (Plain.Contains(c, StringComparison.Ordinal) && !(c == ' ' && atEnd)))
            output.Write(c);
        else
            output.Write(string.Create(CultureInfo.InvariantCulture, $"%{(int)c:X2}"));
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
