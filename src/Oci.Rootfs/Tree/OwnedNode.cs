namespace Oci.Rootfs.Tree;

/// <summary>A node with an owner or a group to set, by number or by a name in the tree's own files.</summary>
/// <param name="Inode">The node.</param>
/// <param name="Owner">The owner as given; null where the node keeps its own.</param>
/// <param name="Group">The group as given; null where it follows from the owner.</param>
/// <param name="Path">The path of the user's file that brings the node, for errors.</param>
internal sealed record OwnedNode(Inode Inode, string? Owner, string? Group, string Path);
