using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>What an image has for one platform.</summary>
/// <param name="Name">The platform as one component of a path, unlike those of the image's other platforms.</param>
/// <param name="Platform">In its normal spelling.</param>
/// <param name="Manifest">Read and verified.</param>
internal sealed record PlatformImage(string Name, OciPlatform Platform, SelectedManifest Manifest);
