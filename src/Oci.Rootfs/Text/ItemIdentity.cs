using System.Buffers;
using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>
/// Makes a name from an image the identity of an MSBuild item. Not every name can be an identity: MSBuild drops empty ones, trims them,
/// turns their backslashes, and fails on a NUL when a build asks for <c>%(FullPath)</c>. So each byte (in UTF-8) of all but plain
/// characters becomes <c>%XX</c> as literal text, and the empty name becomes a lone <c>%</c>. This is reversible, gives no two names the
/// same identity, and keeps every usual name. The exact name is in the item's metadata. Builds print identities, so a second <c>#</c> and a
/// colon at the start are not plain either: build servers' commands begin with them (<see cref="LogCommands"/>).
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
            // This is half of a surrogate pair; it becomes the three bytes that UTF-8 would give it.
            bytes[0] = (byte)(0xe0 | (text[0] >> 12));
            bytes[1] = (byte)(0x80 | ((text[0] >> 6) & 0x3f));
            bytes[2] = (byte)(0x80 | (text[0] & 0x3f));
            bytes = bytes[..3];
        }
        foreach (byte b in bytes)
            identity.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
    }
}
