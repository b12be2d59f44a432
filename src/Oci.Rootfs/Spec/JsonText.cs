using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Spec;

/// <summary>Decodes the text of JSON strings.</summary>
internal static class JsonText
{
    /// <param name="raw">The bytes between the quotes, already checked.</param>
    public static string Unescape(ReadOnlySpan<byte> raw)
    {
        StringBuilder text = new(raw.Length);
        while (!raw.IsEmpty)
        {
            int plain = raw.IndexOf((byte)'\\');
            if (plain < 0)
                plain = raw.Length;
            text.Append(Encoding.UTF8.GetString(raw[..plain]));
            raw = raw[plain..];
            if (raw.IsEmpty)
                break;
            char escape = (char)raw[1];
            text.Append(escape switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)ushort.Parse(raw.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                _ => escape,
            });
            raw = raw[(escape == 'u' ? 6 : 2)..];
        }
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
