using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>Reads a switch. The accepted words are MSBuild's own.</summary>
internal static class FlagText
{
    /// <param name="name">The switch, for an error.</param>
    /// <param name="value">The text; null or empty where it is not set.</param>
    /// <param name="unset">The value where it is not set.</param>
    /// <exception cref="OciException">OCI7011: the text is another word.</exception>
    public static bool Parse(string name, string? value, bool unset) => value?.ToUpperInvariant() switch
    {
        "TRUE" or "ON" or "YES" => true,
        "FALSE" or "OFF" or "NO" => false,
        null or "" => unset,
        _ => throw BuildErrors.BadFlag(name, value),
    };
}
