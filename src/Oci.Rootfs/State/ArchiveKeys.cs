namespace Oci.Rootfs.State;

/// <summary>The keys of a request's archives. Each lies in the state file with the archive's path.</summary>
/// <param name="Rootfs">The key of archives of the tree, whose paths' ends say the compression.</param>
/// <param name="Image">The key of the image archive.</param>
internal sealed record ArchiveKeys(string Rootfs, string Image)
{
    public string Of(OutputKind kind) => kind == OutputKind.ImageArchive ? Image : Rootfs;
}
