namespace Oci.Rootfs.Os;

/// <summary>A stretch of a file that has data; between two of them is a hole.</summary>
internal readonly record struct FileExtent(long Offset, long Length);
