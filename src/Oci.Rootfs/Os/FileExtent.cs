namespace Oci.Rootfs.Os;

/// <summary>A stretch of a file that has data. Between two extents is a hole.</summary>
internal readonly record struct FileExtent(long Offset, long Length);
