namespace Oci.Rootfs.Tree;

/// <summary>What the user may choose about the merged tree.</summary>
/// <param name="KeepDirectorySymlinks">A directory entry over a lower layer's link to a directory leaves the link (rule 30).</param>
/// <param name="SourceDateEpoch">The mtime of directories that no layer lists (rule 38), in seconds since the epoch.</param>
internal sealed record MergeOptions(bool KeepDirectorySymlinks = false, long SourceDateEpoch = 0);
