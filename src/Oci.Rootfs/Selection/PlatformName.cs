using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>A platform as one component of a path: <c>linux-arm-v7</c>. An image may call its platform anything.</summary>
internal static class PlatformName
{
    private const int MostCharacters = 64;

    /// <param name="platform">In its normal spelling.</param>
    /// <exception cref="OciException">OCI2024.</exception>
    public static string Of(OciPlatform platform)
    {
        string name = platform.ToString().Replace('/', '-');
        bool plain = platform.ToString().Count(static c => c == '/') == (platform.Variant is null ? 1 : 2)
            && name.Length <= MostCharacters && char.IsAsciiLetterOrDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return plain ? name : throw SelectionErrors.PlatformNoName(platform.ToString());
    }
}
