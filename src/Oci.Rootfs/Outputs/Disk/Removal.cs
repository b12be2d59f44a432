using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>What became of a tree that was to be removed.</summary>
/// <param name="Removed">Paths removed, the tree's root included.</param>
/// <param name="Left">Paths that could not be removed, without what is below directories that could not be opened.</param>
/// <param name="Failure">The first thing that was refused; null where nothing was.</param>
internal readonly record struct Removal(long Removed, long Left, OciException? Failure)
{
    public static Removal operator +(Removal one, Removal other) => new(one.Removed + other.Removed, one.Left + other.Left, one.Failure ?? other.Failure);

    /// <exception cref="OciException">Something is left.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
            throw Failure;
    }
}
