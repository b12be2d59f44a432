using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>The paths in <c>RootfsArchive</c>, which is a list: paths, divided by semicolons. In a path, <c>%3B</c> is a semicolon.</summary>
internal static class ArchivePaths
{
    public static string Metadata => OutputKind.RootfsArchive.Name;

    /// <summary>The paths as the user wrote them.</summary>
    public static List<string> Of(ITaskItem? item)
    {
        List<string> paths = [];
        string list = (item as ITaskItem2)?.GetMetadataValueEscaped(Metadata) ?? "";
        foreach (string escaped in list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            paths.Add(new TaskItem(escaped, treatAsFilePath: false).ItemSpec);
        return paths;
    }

    /// <summary>A list that MSBuild splits into exactly these paths.</summary>
    public static string Join(IEnumerable<string> paths) => string.Join(';', paths.Select(MSBuildEscaping.Identity));
}
