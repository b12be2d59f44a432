using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>
/// Makes a platform one component of a path: <c>linux-arm-v7</c>. It refuses other text, because an image may name its platform at will.
/// </summary>
internal static class PlatformName
{
    private const int MostCharacters = 64;

    /// <param name="platform">The platform in its normal spelling.</param>
    /// <exception cref="OciException">OCI2024: the platform can't name a directory.</exception>
    public static string Of(OciPlatform platform)
    {
        string name = platform.ToString().Replace('/', '-');
        bool plain = platform.ToString().Count(static c => c == '/') == (platform.Variant is null ? 1 : 2)
            && name.Length <= MostCharacters && char.IsAsciiLetterOrDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return plain ? name : throw SelectionErrors.PlatformNoName(platform.ToString());
    }
}
