using System.Globalization;

namespace Oci.Rootfs.Errors;

/// <summary>OCI6xxx: the files written beside the tree.</summary>
internal static class ConfigErrors
{
    public static OciException TooManyItems(long count, int limit) => new("OCI6001", "The image's config has more entries than an MSBuild file can sensibly hold")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit} environment variables, labels, ports, volumes and layers together"),
        Found = count.ToString(CultureInfo.InvariantCulture),
        Hint = "Make the image anew with fewer environment variables, labels, exposed ports and volumes; honest ones have some tens of them.",
    };

    public static OciException MtreeTooLarge(long limit) => LimitErrors.Exceeded(
        nameof(RootfsLimits.MaxMtreeBytes), "The record of the tree's paths is larger than allowed", limit, advice: "The image has very many paths below very deep directories. ");
}
