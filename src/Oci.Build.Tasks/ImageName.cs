using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>
/// Finds an image's short name: the last component of its path, without an ending such as <c>.tar</c>, or of its repository. The tree and the files beside it
/// have this name.
/// </summary>
internal static class ImageName
{
    private static readonly string[] Compressions = [".gz", ".zst", ".bz2", ".xz"];
    private static readonly string[] Archives = [".tar", ".tgz", ".tzst", ".tbz2", ".txz"];

    /// <param name="given">The name that the user gave, if any; or several, as of directories.</param>
    /// <param name="image">The image.</param>
    /// <param name="shown">The image as the user wrote it.</param>
    /// <exception cref="OciException">OCI7006: neither gives a name.</exception>
    public static string Choose(string? given, ImageReference image, string shown)
    {
        if (string.IsNullOrEmpty(given))
            return image.RepositoryName ?? FromPath(image.Location) ?? throw BuildErrors.NoName(shown);
        return FromParts(given) ?? throw BuildErrors.NoName(given);
    }

    /// <summary>
    /// Makes one component of several: of <c>b/</c>, which <c>%(RecursiveDir)</c> gives, it makes <c>b</c>, and of <c>a/b</c> it makes
    /// <c>a-b</c>.
    /// </summary>
    /// <returns>Null where no component is left, or one would lead elsewhere.</returns>
    private static string? FromParts(string given)
    {
        string[] parts = given.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0 && Array.TrueForAll(parts, IsValid) ? string.Join('-', parts) : null;
    }

    /// <param name="path">A path in canonical form. A separator at the end is ignored.</param>
    /// <returns>Null for a path without a last component.</returns>
    public static string? FromPath(string path)
    {
        string name = Path.GetFileName(path.TrimEnd('/'));
        if (!IsValid(name))
            return null;
        foreach (string compression in Compressions)
        {
            if (name.EndsWith(".tar" + compression, StringComparison.OrdinalIgnoreCase))
                name = Without(name, compression);
        }
        foreach (string archive in Archives)
            name = Without(name, archive);
        return Without(name, ".oci");
    }

    /// <summary>True for a text that can be one component of a path.</summary>
    public static bool IsValid(string name) => name is not ("" or "." or "..") && name.AsSpan().IndexOfAny('/', '\0') < 0;

    private static string Without(string name, string suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? name[..^suffix.Length] : name;
}
