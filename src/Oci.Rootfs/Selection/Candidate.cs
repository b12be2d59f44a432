using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>A manifest that may be the one that the user asked for.</summary>
/// <param name="Manifest">Its descriptor.</param>
/// <param name="Names">The names that it has in the top index, or that an index above it has; empty for none.</param>
/// <param name="Platform">The platform from the index; null where the index gives none.</param>
internal sealed record Candidate(Descriptor Manifest, IReadOnlyList<string> Names, OciPlatform? Platform);
