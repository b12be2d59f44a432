using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>Turns .NET's name of a machine (<c>linux-musl-arm64</c>) into an image's (<c>linux/arm64</c>).</summary>
internal static class RuntimePlatform
{
    /// <returns>
    /// Null when the identifier is empty or names another system than Linux. Such a project does not determine the image's platform.
    /// </returns>
    /// <exception cref="OciException">
    /// OCI7005: Linux on an architecture without a known name. A guess could extract the wrong image.
    /// </exception>
    public static string? FromRuntimeIdentifier(string? runtimeIdentifier)
    {
        string[] parts = (runtimeIdentifier ?? "").ToLowerInvariant().Split('-');
        if (parts[0] != "linux" || parts.Length < 2)
            return null;
        string architecture = parts[^1] switch
        {
            "x64" => "amd64",
            "x86" => "386",
            "arm64" => "arm64",
            "arm" => "arm/v7", // .NET's "arm" is ARMv7 with hardware floating point.
            "armv6" => "arm/v6",
            "armel" => "arm/v5",
            "s390x" => "s390x",
            "ppc64le" => "ppc64le",
            "riscv64" => "riscv64",
            "loongarch64" => "loong64",
            "mips64" => "mips64le",
            _ => throw BuildErrors.UnknownRuntimeIdentifier(runtimeIdentifier!),
        };
        return $"linux/{architecture}";
    }
}
