namespace Oci.Rootfs.Tests.Layers;

/// <summary>Inflated layers that this process keeps for other images: open files without a name.</summary>
internal static class KeptLayers
{
    public static IReadOnlyList<string> In(string directory) =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd").Select(Target)
            .Where(target => target.StartsWith(directory + "/", StringComparison.Ordinal) && target.Contains(".oci-temporary", StringComparison.Ordinal)),
    ];

    private static string Target(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            // Closed meanwhile, by another test.
            return "";
        }
    }
}
