namespace Oci.Rootfs.Tree;

/// <summary>The user's choices about the merged tree.</summary>
/// <param name="KeepDirectorySymlinks">Whether a lower layer's link to a directory stays when a directory entry has its path (rule
/// 30).</param>
/// <param name="SourceDateEpoch">The mtime of directories that no layer lists (rule 38), in seconds since the epoch.</param>
internal sealed record MergeOptions(bool KeepDirectorySymlinks = false, long SourceDateEpoch = 0);
