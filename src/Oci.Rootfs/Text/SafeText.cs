using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Makes text from an image safe to show (rule 46). Control characters, line separators, characters that turn the direction of text, bytes
/// that are not UTF-8 and <c>%</c> itself become <c>%XX</c> per UTF-8 byte. So does one character of any text that a build server would
/// take for a command in the log (<see cref="LogCommands"/>). Reversible.
/// </summary>
internal static class SafeText
{
    /// <summary>Messages cut longer texts, and give the number of bytes that they left out.</summary>
    private const int MaxShownBytes = 1024;

    /// <summary>The bound on a text where a message may have many.</summary>
    private const int MaxShortBytes = 512;

    public static string Show(ReadOnlySpan<byte> bytes) => Cut(bytes, MaxShownBytes);

    public static string Show(string text) => Show(Encoding.UTF8.GetBytes(text));

    /// <summary>Shows one of many texts in a message.</summary>
    public static string ShowShort(string text) => Cut(Encoding.UTF8.GetBytes(text), MaxShortBytes);

    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        int command = LogCommands.AtStart(bytes);
        bool afterHash = false;
        for (int at = 0; at < bytes.Length;)
        {
            bool valid = Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (valid && IsPlain(rune) && at != command && !(afterHash && rune.Value == '#'))
                text.Append(rune.ToString());
            else
                foreach (byte b in bytes.Slice(at, length))
                    text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            afterHash = rune.Value == '#';
            at += length;
        }
        return text.ToString();
    }

    private static string Cut(ReadOnlySpan<byte> bytes, int most)
    {
        if (bytes.Length <= most)
            return Escape(bytes);
        return Escape(bytes[..most]) + string.Create(CultureInfo.InvariantCulture, $"… ({bytes.Length - most} more bytes)");
    }

    private static bool IsPlain(Rune rune) => rune.Value != '%' && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
