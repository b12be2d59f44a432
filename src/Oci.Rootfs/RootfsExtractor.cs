namespace Oci.Rootfs;

/// <summary>From an image to a root filesystem: find, read, merge, materialise, publish. The only entrance to the engine.</summary>
public static class RootfsExtractor
{
    /// <summary>Makes the destination what the image says, or finds that it already is.</summary>
    /// <exception cref="Errors.OciException">Bad input or a failing system; the destination is as it was, or absent.</exception>
    /// <exception cref="OperationCanceledException">Likewise.</exception>
    public static RootfsResult Extract(RootfsRequest request, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Removes a tree that carries our mark, the mark and what a killed build left; does nothing where there is none.</summary>
    /// <returns>True when something was removed.</returns>
    /// <exception cref="Errors.OciException">The directory is not ours, is in use by another build, or can't be removed.</exception>
    public static bool Clean(string rootfsDirectory, Action<RootfsMessage>? log = null, CancellationToken cancellation = default) => throw new NotImplementedException();
}
