namespace Oci.Rootfs.State;

/// <summary>
/// Which start of the machine this is (random(4), /proc/sys/kernel/random/boot_id). A tree is not written out to the disk before the build
/// ends: after a power cut files of it may be cut or empty. So a tree of another start is extracted anew.
/// </summary>
internal static class BootId
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>Empty where the system doesn't say.</summary>
    public static string Current { get; } = Read();

    private static string Read()
    {
        try
        {
            return System.IO.File.ReadAllText(File).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
