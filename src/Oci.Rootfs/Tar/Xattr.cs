namespace Oci.Rootfs.Tar;

/// <summary>An extended attribute: the whole name (<c>user.…</c>, <c>security.capability</c>) and the value, both bytes (rule 68).</summary>
internal sealed record Xattr(byte[] Name, byte[] Value);
