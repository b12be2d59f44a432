using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Cache;

/// <summary>
/// Replaces the cache where there is none: unpacks an archive that is compressed as a whole into a file without a name, for this build
/// alone.
/// </summary>
/// <param name="near">An absolute path. The file lies in the nearest existing directory above it, most likely on the tree's file
/// system.</param>
/// <param name="context">Limits, log and cancellation.</param>
internal sealed class TemporaryArchive(string near, EngineContext context)
{
    /// <summary>Opens the archive within the compressed one, for reading.</summary>
    /// <param name="archive">The compressed file, open.</param>
    /// <param name="path">The archive's path, for messages.</param>
    /// <exception cref="OciException">The archive is damaged, too large or contains no archive, or no file can be made for it.</exception>
    public SafeFileHandle Open(SafeFileHandle archive, string path)
    {
        string directory = NearestDirectory();
        FileIdentity identity = InputFile.IdentityOf(archive, path);
        context.Log.Normal($"Unpacking '{SafeText.Show(path)}'. With a CacheDirectory it would be unpacked once.");
        SafeFileHandle? file = null;
        try
        {
            new ArchiveUnpacker(archive, identity.Size, path, context).Unpack(_ => file = NewFile.CreateNameless(directory));
            return InputFile.IdentityOf(archive, path) == identity ? file! : throw SourceErrors.Changed(SafeText.Show(path));
        }
        catch (IOException e)
        {
            file?.Dispose();
            throw DiskErrors.Output(directory, e);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private string NearestDirectory()
    {
        string? at = Path.GetDirectoryName(near);
        while (at is not null && !Directory.Exists(at))
            at = Path.GetDirectoryName(at);
        return at ?? Path.GetTempPath();
    }
}
