using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Cache;

/// <summary>Where there is no cache: an archive that is compressed as a whole is unpacked into a file without a name, for this build alone.</summary>
/// <param name="near">A path, absolute. The file lies in the nearest directory above it that is there, most likely on the tree's file system.</param>
/// <param name="context">Limits, log and cancellation.</param>
internal sealed class TemporaryArchive(string near, EngineContext context)
{
    /// <summary>The archive in the compressed one, open for reading.</summary>
    /// <param name="archive">The compressed file, open.</param>
    /// <param name="path">Where it is, for messages.</param>
    /// <exception cref="OciException">Damaged, too large, no archive within, or there is no place for it.</exception>
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
