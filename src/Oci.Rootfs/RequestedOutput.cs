namespace Oci.Rootfs;

/// <summary>A file to write besides the tree.</summary>
/// <param name="Kind">The kind of file.</param>
/// <param name="Path">The absolute path.</param>
public sealed record RequestedOutput(OutputKind Kind, string Path);
