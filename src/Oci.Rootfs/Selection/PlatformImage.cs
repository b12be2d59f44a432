using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>The image for one platform.</summary>
/// <param name="Name">The platform as one component of a path; no other platform of the image has the same.</param>
/// <param name="Platform">The platform in its normal spelling.</param>
/// <param name="Manifest">The manifest, read and verified.</param>
internal sealed record PlatformImage(string Name, OciPlatform Platform, SelectedManifest Manifest);
