using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>A manifest that may be the one.</summary>
/// <param name="Manifest">Its descriptor.</param>
/// <param name="Names">What the top index calls it or the index that it is in; empty for none.</param>
/// <param name="Platform">As the index says; null where it does not.</param>
internal sealed record Candidate(Descriptor Manifest, IReadOnlyList<string> Names, OciPlatform? Platform);
