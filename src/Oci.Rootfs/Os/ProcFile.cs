using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>
/// Reads files of <c>/proc/self</c> (proc(5)). Without them the engine can't know what this process may do, and where it must not work.
/// </summary>
internal static class ProcFile
{
    public static string[] Lines(string path) => Read(path, File.ReadAllLines);

    public static byte[] Bytes(string path) => Read(path, File.ReadAllBytes);

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.NoProc(path, e);
        }
    }
}
