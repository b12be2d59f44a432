namespace Oci.Rootfs.Os;

/// <summary>A file's identity as the kernel keeps it. Nobody can set <paramref name="Changed"/>: equal identities are the same bytes.</summary>
/// <param name="Device">Of the file system.</param>
/// <param name="Inode">In it.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">mtime.</param>
/// <param name="Changed">ctime.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Size, FileInstant Modified, FileInstant Changed)
{
    /// <summary>In so many words: what the language makes asks a comparer of ours, which would be compiled in a build with nothing to do.</summary>
    public bool Equals(FileIdentity other) =>
        Device == other.Device && Inode == other.Inode && Size == other.Size && Modified == other.Modified && Changed == other.Changed;

    public override int GetHashCode() => HashCode.Combine(Device, Inode);
}

/// <summary>A time as statx(2) gives it: nothing is lost of it.</summary>
internal readonly record struct FileInstant(long Seconds, uint Nanoseconds)
{
#pragma warning disable RS0030 // How old a file is decides whether it is looked at again, not what is built.
    public TimeSpan Age => DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Seconds, 0, int.MaxValue)).AddTicks(Nanoseconds / 100);
#pragma warning restore RS0030
}
