using System.Text;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Sources;

/// <summary>
/// Names in image archives: cleaned, and as strings of one character a byte (Latin-1), so that nothing is lost and nothing decoded.
/// </summary>
internal static class ArchiveName
{
    public static string? Clean(ReadOnlySpan<byte> name) => Clean(Encoding.Latin1.GetString(name), "");

    /// <summary>A name that another document of the image gives as text.</summary>
    public static string? Clean(string text) => Clean(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a name that can't be cleaned has no component at all, rather than to lead out of the archive.</summary>
    public static bool IsNothing(string text) => text.Split('/').All(static part => part is "" or ".");

    /// <summary>Where a link leads: a symlink from its own directory, a hardlink from the archive's root.</summary>
    public static string? Target(ReadOnlySpan<byte> target, string linkName, bool fromDirectory)
    {
        if (fromDirectory && target is [(byte)'/', ..])
            return null;
        return Clean(Encoding.Latin1.GetString(target), fromDirectory ? linkName[..(linkName.LastIndexOf('/') + 1)] : "");
    }

    /// <summary>What messages show.</summary>
    public static string Show(string name) => SafeText.Show(Encoding.Latin1.GetBytes(name));

    /// <summary>Without empty and <c>.</c> components, <c>..</c> resolved; null for the root and for what is above it.</summary>
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
