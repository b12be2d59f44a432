namespace Oci.Rootfs.Outputs.Documents;

/// <summary>The numbers that the image's process runs with.</summary>
/// <param name="Uid">The user.</param>
/// <param name="Gid">The primary group.</param>
/// <param name="Groups">The supplementary groups, in the order of the image's group file.</param>
internal sealed record RunUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    /// <summary>The user of an image that names none.</summary>
    public static RunUser Root { get; } = new(0, 0, []);
}
