using System.Text;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Sources;

/// <summary>
/// Cleans names in image archives. They are strings with one character a byte (Latin-1), so nothing is lost and nothing decoded.
/// </summary>
internal static class ArchiveName
{
    public static string? Clean(ReadOnlySpan<byte> name) => Clean(Encoding.Latin1.GetString(name), "");

    /// <summary>Cleans a name that a document of the image gives as text.</summary>
    public static string? Clean(string text) => Clean(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a name that can't be cleaned has no component at all; otherwise it leads out of the archive.</summary>
    public static bool IsNothing(string text) => text.Split('/').All(static part => part is "" or ".");

    /// <summary>Finds where a link leads: a symlink starts at its own directory, a hardlink at the archive's root.</summary>
    public static string? Target(ReadOnlySpan<byte> target, string linkName, bool fromDirectory)
    {
        if (fromDirectory && target is [(byte)'/', ..])
            return null;
        return Clean(Encoding.Latin1.GetString(target), fromDirectory ? linkName[..(linkName.LastIndexOf('/') + 1)] : "");
    }

    /// <summary>The name as messages show it.</summary>
    public static string Show(string name) => SafeText.Show(Encoding.Latin1.GetBytes(name));

    /// <summary>Drops empty and <c>.</c> components and resolves <c>..</c>; null for the root and for names above it.</summary>
    private static string? Clean(string name, string directory)
    {
        List<string> parts = [.. directory.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (string part in name.Split('/'))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                    return null;
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }
        return parts.Count == 0 ? null : string.Join('/', parts);
    }
}
