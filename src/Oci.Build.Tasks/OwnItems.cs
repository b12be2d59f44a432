using System.Globalization;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>The items <c>OciRootfsFile</c>, <c>OciRootfsDirectory</c> and <c>OciRootfsSymlink</c> as the engine wants them.</summary>
internal static class OwnItems
{
    private const string ImageNames = "Image";
    private const int MostMode = 0xfff; // 07777
    private const int LeastDigits = 3;
    private const int MostDigits = 5;

    private static readonly string[] Common = ["Owner", "Group", "Mtime", "DirectoryMode", "DirectoryOwner", "DirectoryGroup", ImageNames];

    /// <summary>The metadata that the tasks read from each type of items.</summary>
    public static IReadOnlyList<string> OfFiles { get; } = ["TargetPath", "Link", "Mode", .. Common];

    public static IReadOnlyList<string> OfDirectories { get; } = ["Mode", .. Common];

    public static IReadOnlyList<string> OfSymlinks { get; } = ["LinkTarget", .. Common];

    /// <summary>The nodes that one image gets.</summary>
    /// <param name="image">The image's name.</param>
    /// <param name="files">Files.</param>
    /// <param name="directories">Directories.</param>
    /// <param name="symlinks">Symlinks.</param>
    /// <exception cref="OciException">OCI6401, OCI6403, OCI6413, OCI7006.</exception>
    public static List<OwnNode> Of(string image, ITaskItem[] files, ITaskItem[] directories, ITaskItem[] symlinks)
    {
        List<OwnNode> nodes = [];
        foreach (ITaskItem item in directories)
        {
            if (IsFor(image, item))
                nodes.Add(WithCommon(new OwnDirectoryNode { Path = item.ItemSpec, Mode = Mode(item, "Mode") }, item));
        }
        foreach (ITaskItem item in files)
        {
            if (IsFor(image, item))
                nodes.Add(WithCommon(new OwnFileNode { Path = TargetOf(item), Source = TaskPaths.Absolute("Include", item), Mode = Mode(item, "Mode") }, item));
        }
        foreach (ITaskItem item in symlinks)
        {
            if (IsFor(image, item))
                nodes.Add(WithCommon(new OwnSymlinkNode { Path = item.ItemSpec, Target = item.GetMetadata("LinkTarget") }, item));
        }
        return nodes;
    }

    public static void WarnOfMisspeltMetadata(ITaskItem[] files, ITaskItem[] directories, ITaskItem[] symlinks, TaskLoggingHelper log)
    {
        MisspeltMetadata.Warn(files, OfFiles, "file", log);
        MisspeltMetadata.Warn(directories, OfDirectories, "directory item", log);
        MisspeltMetadata.Warn(symlinks, OfSymlinks, "symlink", log);
    }

    /// <summary>Warns of items for images that the project does not have.</summary>
    public static void WarnOfUnknownImages(IEnumerable<ITaskItem> items, IReadOnlyList<ITaskItem> images, TaskLoggingHelper log)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase), told = new(StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem image in images)
            names.Add(image.GetMetadata("Name"));
        foreach (ITaskItem item in items)
        {
            foreach (string name in MetadataList.Of(item, ImageNames))
            {
                if (!names.Contains(name) && told.Add(name))
                    TaskLog.Warning(log, OwnErrors.UnknownImageWarning, $"'{SafeText.Show(item.ItemSpec)}' is for the image '{SafeText.Show(name)}', and no OciImage has that Name: expected one of {Listed(names)}.", item.ItemSpec);
            }
        }
    }

    private static string Listed(HashSet<string> names) => names.Count == 0 ? "none" : SafeText.Show(string.Join(", ", names.Order(StringComparer.Ordinal)));

    private static bool IsFor(string image, ITaskItem item)
    {
        List<string> names = MetadataList.Of(item, ImageNames);
        return names.Count == 0 || names.Contains(image, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>MSBuild on Windows writes its own paths with backslashes. The path in the image never has them from there.</summary>
    private static string TargetOf(ITaskItem item)
    {
        string target = item.GetMetadata("TargetPath");
        if (target.EndsWith('/'))
            return target + Slashes(item.GetMetadata("RecursiveDir")) + item.GetMetadata("Filename") + item.GetMetadata("Extension");
        if (target.Length > 0)
            return target;
        string link = item.GetMetadata("Link");
        return link.Length > 0 ? "/" + Slashes(link).TrimStart('/') : throw OwnErrors.NoTarget(item.ItemSpec);
    }

    private static string Slashes(string path) => path.Replace('\\', '/');

    private static string? Text(ITaskItem item, string metadata) => item.GetMetadata(metadata) is { Length: > 0 } text ? text : null;

    private static OwnNode WithCommon(OwnNode node, ITaskItem item) => node with
    {
        Owner = Text(item, "Owner"),
        Group = Text(item, "Group"),
        Mtime = Mtime(item),
        DirectoryMode = Mode(item, "DirectoryMode"),
        DirectoryOwner = Text(item, "DirectoryOwner"),
        DirectoryGroup = Text(item, "DirectoryGroup"),
    };

    private static uint? Mode(ITaskItem item, string metadata)
    {
        if (Text(item, metadata) is not { } text)
            return null;
        if (text.Length is < LeastDigits or > MostDigits || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
            throw OwnErrors.BadMode(metadata, text);
        uint mode = Convert.ToUInt32(text, 8);
        return mode <= MostMode ? mode : throw OwnErrors.BadMode(metadata, text);
    }

    private static long? Mtime(ITaskItem item)
    {
        if (Text(item, "Mtime") is not { } text)
            return null;
        bool valid = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds);
        return valid ? seconds : throw OwnErrors.BadMtime(text);
    }
}
