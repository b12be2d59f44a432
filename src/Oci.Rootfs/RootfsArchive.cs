namespace Oci.Rootfs;

/// <summary>One archive of the tree.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Digest">The digest of the file, <c>sha256:…</c>.</param>
/// <param name="Length">The length in bytes.</param>
public sealed record RootfsArchive(string Path, string Digest, long Length);
