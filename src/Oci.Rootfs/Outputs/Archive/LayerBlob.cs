namespace Oci.Rootfs.Outputs.Archive;

/// <summary>The one layer of an image archive.</summary>
/// <param name="Digest">The digest of the compressed blob.</param>
/// <param name="DiffId">The digest of the tar.</param>
/// <param name="Length">The blob's length in bytes.</param>
/// <param name="MediaType">The blob's media type.</param>
internal sealed record LayerBlob(string Digest, string DiffId, long Length, string MediaType);
