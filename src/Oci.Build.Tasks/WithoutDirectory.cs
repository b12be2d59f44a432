using Microsoft.Build.Framework;

namespace Oci.Build.Tasks;

/// <summary>
/// <c>RootfsDirectory=""</c> on an item means: no directory, only archives. MSBuild gives the empty text for metadata that is not set, too,
/// but lists only names that are.
/// </summary>
internal static class WithoutDirectory
{
    public static bool IsSaidBy(ITaskItem? image)
    {
        if (image is null || image.GetMetadata(OutputPaths.RootfsDirectory).Length > 0)
            return false;
        foreach (object? name in image.MetadataNames)
        {
            if (OutputPaths.RootfsDirectory.Equals(name as string, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
