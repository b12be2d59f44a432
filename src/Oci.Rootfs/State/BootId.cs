namespace Oci.Rootfs.State;

/// <summary>
/// Identifies the current start of the machine (random(4), /proc/sys/kernel/random/boot_id). The kernel may not have written a tree to the
/// disk when the build ends, so a power cut can leave its files cut or empty. The engine therefore extracts a tree of another start anew.
/// </summary>
internal static class BootId
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>Empty where the system does not give it.</summary>
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
