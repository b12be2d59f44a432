using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>The paths in <c>RootfsArchive</c>, which is a list.</summary>
internal static class ArchivePaths
{
    public static string Metadata => OutputKind.RootfsArchive.Name;

    /// <summary>The paths as the user wrote them.</summary>
    public static List<string> Of(ITaskItem? item) => MetadataList.Of(item, Metadata);

    /// <summary>A list that MSBuild splits into exactly these paths.</summary>
    public static string Join(IEnumerable<string> paths) => string.Join(';', paths.Select(MSBuildEscaping.Identity));
}
