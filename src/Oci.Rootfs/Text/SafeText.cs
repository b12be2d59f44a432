using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Text from an image made safe to show (rule 46): control characters, line separators, characters that turn the direction of text,
/// bytes that are not UTF-8 and <c>%</c> itself become <c>%XX</c> per UTF-8 byte. Reversible.
/// </summary>
internal static class SafeText
{
    /// <summary>Longer texts are cut in messages, with the number of bytes left out.</summary>
    private const int MaxShownBytes = 1024;

    public static string Show(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MaxShownBytes)
            return Escape(bytes);
        return Escape(bytes[..MaxShownBytes]) + string.Create(CultureInfo.InvariantCulture, $"… ({bytes.Length - MaxShownBytes} more bytes)");
    }

    public static string Show(string text) => Show(Encoding.UTF8.GetBytes(text));

    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (valid && IsPlain(rune))
                text.Append(rune.ToString());
            else
                foreach (byte b in bytes[..length])
                    text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            bytes = bytes[length..];
        }
        return text.ToString();
    }

    private static bool IsPlain(Rune rune) => rune.Value != '%' && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
