namespace Oci.Rootfs.Os;

/// <param name="Name">The name without a NUL.</param>
/// <param name="MayBeDirectory">False when the entry is certainly no directory.</param>
internal sealed record DirectoryEntry(byte[] Name, bool MayBeDirectory);
