namespace Oci.Rootfs.Os;

/// <summary>
/// A file's identity as the kernel keeps it. No process can set <paramref name="Changed"/>, so equal identities mean the same bytes.
/// </summary>
/// <param name="Device">The device of the file system.</param>
/// <param name="Inode">The inode number in the file system.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Modified">mtime.</param>
/// <param name="Changed">ctime.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Size, FileInstant Modified, FileInstant Changed)
{
    /// <summary>
    /// Written by hand: the compiler's version asks a comparer of our types, and a build with nothing to do would have to compile that.
    /// </summary>
    public bool Equals(FileIdentity other) =>
        Device == other.Device && Inode == other.Inode && Size == other.Size && Modified == other.Modified && Changed == other.Changed;

    public override int GetHashCode() => HashCode.Combine(Device, Inode);
}

/// <summary>A time as statx(2) gives it, without any loss.</summary>
internal readonly record struct FileInstant(long Seconds, uint Nanoseconds)
{
#pragma warning disable RS0030 // The age of a file decides whether it is looked at again, not what is built.
    private TimeSpan Age => DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Seconds, 0, int.MaxValue)).AddTicks(Nanoseconds / 100);
#pragma warning restore RS0030

    /// <summary>
    /// The kernel's clock for files ticks every 10 ms at most. A file that is written in the same tick as the last change that we saw gets
    /// the same time. So whoever remembers a young file looks at it once more when it is older.
    /// </summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Waits until a change of the file would get another time than this one. Only then does an equal identity mean that nothing changed.
    /// </summary>
    /// <returns>False for a time in the future, which tells nothing about the file.</returns>
    public bool WaitForTick(CancellationToken cancellation)
    {
        if (Age < -Tick)
            return false;
        while (Age <= Tick)
        {
            cancellation.WaitHandle.WaitOne(Tick);
            cancellation.ThrowIfCancellationRequested();
        }
        return true;
    }
}
