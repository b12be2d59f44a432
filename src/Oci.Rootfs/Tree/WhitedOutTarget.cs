namespace Oci.Rootfs.Tree;

/// <summary>A hardlink's file that a whiteout of the same layer removed (rule 52).</summary>
/// <param name="Row">The hardlink's row.</param>
/// <param name="Path">The file's path before its removal.</param>
/// <param name="Inode">The file's inode.</param>
internal sealed record WhitedOutTarget(int Row, int Path, Inode Inode);
