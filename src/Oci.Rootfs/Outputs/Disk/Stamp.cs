using System.Runtime.Versioning;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Tells whether a node on disk is still the one that the engine left there. The kernel sets the time of change with every change of content,
/// metadata, names in a directory and links to a file, and gives nobody a way to choose it.
/// </summary>
/// <param name="Inode">The inode's number; 0 for no node.</param>
/// <param name="Seconds">The time of change.</param>
/// <param name="Nanoseconds">Its fraction of a second.</param>
internal readonly record struct Stamp(ulong Inode, long Seconds, uint Nanoseconds)
{
    public bool IsSet => Inode != 0;

    /// <param name="node">A node.</param>
    /// <param name="keepsInodes">Whether inode numbers tell nodes apart.</param>
    [SupportedOSPlatform("linux")]
    public bool IsOf(in Linux.StatXResult node, bool keepsInodes) =>
        (!keepsInodes || node.Inode == Inode) && node.ChangedSeconds == Seconds && node.ChangedNanoseconds == Nanoseconds;

    [SupportedOSPlatform("linux")]
    public static Stamp Of(in Linux.StatXResult node) => new(node.Inode, node.ChangedSeconds, node.ChangedNanoseconds);
}
