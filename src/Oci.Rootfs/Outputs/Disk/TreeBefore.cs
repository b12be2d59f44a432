namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The tree that stood before, compared with the new one.</summary>
/// <param name="Manifest">The digest of its image's manifest.</param>
/// <param name="Tree">The tree.</param>
/// <param name="Layers">The digests of its image's layers, by number in the manifest.</param>
/// <param name="Difference">What differs.</param>
internal sealed record TreeBefore(string Manifest, StandingTree Tree, IReadOnlyList<string> Layers, TreeDifference Difference);
