using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.State;

/// <summary>The state of a build without a directory: the file <c>.NAME.oci</c> beside the first archive.</summary>
internal static class ArchivePlace
{
    /// <param name="archive">The first archive's absolute path.</param>
    /// <param name="create">Makes a missing state file, and the archive's directory.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>Null where there is no state file and <paramref name="create"/> is false.</returns>
    public static StateStore? Acquire(string archive, bool create, EngineContext context)
    {
        string path = StateFileOf(archive);
        if (!HostSystem.IsLinux)
            return PortableStateFile.Acquire(path, archive, create, context);
        // On Linux, only a file that nobody else can have written counts, and no link is followed.
        string directory = Path.GetDirectoryName(archive)!;
        DirectoryHandle? found = DirectoryHandle.OpenUserPath(directory);
        if (found is null && create)
        {
            Outputs.OutputFile.MakeDirectory(directory);
            found = DirectoryHandle.OpenUserPath(directory);
        }
        using DirectoryHandle? handle = found;
        return handle is null ? null : StateFile.Acquire(handle, Encoding.UTF8.GetBytes(Path.GetFileName(path)), path, archive, create, context);
    }

    public static string StateFileOf(string archive) => Path.Join(Path.GetDirectoryName(archive), $".{Path.GetFileName(archive)}.oci");
}
