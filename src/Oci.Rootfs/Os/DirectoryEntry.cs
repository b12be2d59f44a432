namespace Oci.Rootfs.Os;

/// <param name="Name">Without a NUL.</param>
/// <param name="MayBeDirectory">False for what surely is none.</param>
internal sealed record DirectoryEntry(byte[] Name, bool MayBeDirectory);
