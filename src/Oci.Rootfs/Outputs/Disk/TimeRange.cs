namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The times that a file system holds, as far as we use it.</summary>
/// <param name="Earliest">In seconds since 1970.</param>
/// <param name="Latest">In seconds since 1970.</param>
/// <param name="Fractions">To the nanosecond: ext4 with small inodes and FAT hold whole seconds, or less.</param>
internal readonly record struct TimeRange(long Earliest, long Latest, bool Fractions)
{
    /// <summary>What XFS, ext4 and btrfs hold at the most that all three do.</summary>
    public static TimeRange Widest { get; } = new(-(1L << 31), (1L << 34) - 1 - (1L << 31), true);

    /// <summary>What nearly every file system holds.</summary>
    public static TimeRange Narrow { get; } = new(0, int.MaxValue, false);
}
