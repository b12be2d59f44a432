namespace Oci.Rootfs;

/// <summary>A file to write besides the tree.</summary>
/// <param name="Kind">What is in it.</param>
/// <param name="Path">Absolute.</param>
public sealed record RequestedOutput(OutputKind Kind, string Path);
