using System.Text;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>The file os-release(5), as far as a consumer reads it.</summary>
internal static class OsRelease
{
    /// <returns>The value of <c>ID</c> without its quotes; empty where there is none. The last of several counts.</returns>
    public static string IdOf(ReadOnlySpan<byte> file)
    {
        string id = "";
        while (!file.IsEmpty)
        {
            int end = file.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? file : file[..end]).Trim(" \t\r"u8);
            file = end < 0 ? [] : file[(end + 1)..];
            if (line.StartsWith("ID="u8))
                id = Value(Encoding.UTF8.GetString(line[3..]));
        }
        return id;
    }

    private static string Value(string text)
    {
        if (text is ['"' or '\'', ..] && text.IndexOf(text[0], 1) is > 0 and int end)
            return text[1..end];
        return text;
    }
}
