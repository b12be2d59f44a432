using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Registry;

/// <summary>An index or a manifest as a registry gave it.</summary>
/// <param name="Descriptor">The media type, the digest and size of <paramref name="Bytes"/>.</param>
/// <param name="Bytes">The document.</param>
internal sealed record FetchedManifest(Descriptor Descriptor, byte[] Bytes);
