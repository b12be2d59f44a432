using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The result of removing a tree.</summary>
/// <param name="Removed">The number of paths removed, the tree's root included.</param>
/// <param name="Left">Paths that could not be removed. Directories that could not be opened count once, without their content.</param>
/// <param name="Failure">The system's first refusal; null for none.</param>
internal readonly record struct Removal(long Removed, long Left, OciException? Failure)
{
    public static Removal operator +(Removal one, Removal other) => new(one.Removed + other.Removed, one.Left + other.Left, one.Failure ?? other.Failure);

    /// <exception cref="OciException">Some paths are left.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
            throw Failure;
    }
}
