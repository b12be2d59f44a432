using System.Buffers;
using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// A name from an image as the identity of an MSBuild item. An identity can't be every name: MSBuild drops empty ones, trims them, turns
/// their backslashes, and fails on a NUL when somebody asks for <c>%(FullPath)</c>. So all but plain characters become <c>%XX</c> per
/// byte of UTF-8, as literal text, and the empty name a lone <c>%</c>: reversible, no two names alike, and equal to the name for every
/// name that is usual. The exact name is in the item's metadata. Identities are printed: a second <c>#</c> and a colon at the start, with
/// which build servers' commands begin (<see cref="LogCommands"/>), are not plain either.
/// </summary>
internal static class ItemIdentity
{
    private const string Plain = "_-+.,:/=~!#[]{}|^`&";

    public static string Of(string name)
    {
        if (name.Length == 0)
            return "%";
        StringBuilder identity = new(name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            if ((IsPlain(name[i]) && !MayBeCommand(name, i)) || (name[i] == ' ' && i > 0 && i < name.Length - 1))
            {
                identity.Append(name[i]);
                continue;
            }
            bool whole = Rune.DecodeFromUtf16(name.AsSpan(i), out _, out int length) == OperationStatus.Done;
            AppendEscaped(identity, name.AsSpan(i, length), whole);
            i += length - 1;
        }
        return identity.ToString();
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal);

    private static bool MayBeCommand(string name, int at) => at == 0 ? name[at] == ':' : name[at] == '#' && name[at - 1] == '#';

    private static void AppendEscaped(StringBuilder identity, ReadOnlySpan<char> text, bool whole)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (whole)
            bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        else
        {
            // Half of a surrogate pair, in the three bytes that UTF-8 would give it.
            bytes[0] = (byte)(0xe0 | (text[0] >> 12));
            bytes[1] = (byte)(0x80 | ((text[0] >> 6) & 0x3f));
            bytes[2] = (byte)(0x80 | (text[0] & 0x3f));
            bytes = bytes[..3];
        }
        foreach (byte b in bytes)
            identity.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
    }
}
