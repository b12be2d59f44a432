namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The range of times that the engine uses on a file system.</summary>
/// <param name="Earliest">Seconds since 1970.</param>
/// <param name="Latest">Seconds since 1970.</param>
/// <param name="Fractions">True for nanoseconds. ext4 with small inodes holds whole seconds, and FAT steps of two seconds.</param>
internal readonly record struct TimeRange(long Earliest, long Latest, bool Fractions)
{
    /// <summary>The widest range that XFS, ext4 and btrfs all hold.</summary>
    public static TimeRange Widest { get; } = new(-(1L << 31), (1L << 34) - 1 - (1L << 31), true);

    /// <summary>The range that nearly every file system holds.</summary>
    public static TimeRange Narrow { get; } = new(0, int.MaxValue, false);
}
