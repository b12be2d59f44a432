namespace Oci.Rootfs.Tree;

/// <summary>A hardlink's file, taken by a whiteout of the link's own layer (rule 52).</summary>
/// <param name="Row">The hardlink's.</param>
/// <param name="Path">Where the file stood.</param>
/// <param name="Inode">What it was.</param>
internal sealed record WhitedOutTarget(int Row, int Path, Inode Inode);
