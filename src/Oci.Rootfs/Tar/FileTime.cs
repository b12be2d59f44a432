namespace Oci.Rootfs.Tar;

/// <summary>A time like <c>struct timespec</c>: seconds since the epoch, rounded down, and 0 to 999,999,999 nanoseconds after it.</summary>
internal readonly record struct FileTime(long Seconds, int Nanoseconds = 0);
