using System.Runtime.Versioning;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>What a tree is made of, and what stands: all that an update needs of the past (docs/incremental.md).</summary>
/// <param name="Key">The tree's key in the state file. This belongs to no other tree.</param>
/// <param name="Manifest">The digest of the image's manifest.</param>
/// <param name="Form">The form on disk (<see cref="OwnershipPolicy.Form"/>).</param>
/// <param name="Limits">The limits under which the layers were read (<see cref="RootfsLimits.Values"/>).</param>
/// <param name="KeepsInodes">Whether a node of the file system keeps its inode number.</param>
/// <param name="HasSetLengths">Whether the lengths of some files say nothing of their bytes after a power cut.</param>
/// <param name="Layers">The image's layers, by number in the manifest. Their tables have the paths of <paramref name="Tree"/>.</param>
/// <param name="Own">By row: the digests of the user's own files, which are a layer above the image's.</param>
/// <param name="Tree">The tree.</param>
[SupportedOSPlatform("linux")]
internal sealed record TreeState(
    string Key, string Manifest, string Form, long[] Limits, bool KeepsInodes, bool HasSetLengths, IReadOnlyList<KnownLayer> Layers, IReadOnlyList<string> Own, StandingTree Tree)
{
    /// <summary>Layers that were read under higher limits than now need not be right under these.</summary>
    public bool Allows(RootfsLimits limits)
    {
        long[] now = limits.Values;
        bool allows = now.Length == Limits.Length;
        for (int i = 0; allows && i < now.Length; i++)
            allows = now[i] >= Limits[i];
        return allows;
    }
}
