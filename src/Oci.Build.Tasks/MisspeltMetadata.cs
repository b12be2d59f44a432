using System.Globalization;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Warns of metadata that mean nothing and look like some that do, or like a limit. MSBuild takes any metadata, so a misspelt one would
/// silently be the default.
/// </summary>
internal static class MisspeltMetadata
{
    public static void Warn(ITaskItem[] images, TaskLoggingHelper log)
    {
        // The items of one glob share a mistake, which is one warning.
        SortedDictionary<string, List<ITaskItem>> unknown = new(StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem image in images)
        {
            foreach (string name in image.CloneCustomMetadata().Keys)
            {
                if (ImageMetadata.IsKnown(name))
                    continue;
                if (!unknown.TryGetValue(name, out List<ITaskItem>? with))
                    unknown.Add(name, with = []);
                with.Add(image);
            }
        }
        foreach ((string name, List<ITaskItem> with) in unknown)
        {
            if (Hint(name, with[0]) is { } hint)
                TaskLog.Warning(log, BuildErrors.MisspeltMetadataWarning, $"The metadata '{SafeText.Show(name)}' of '{SafeText.Show(with[0].ItemSpec)}'{More(with.Count - 1)} means nothing to Oci.Build.Tasks. {hint}", with[0].ItemSpec);
        }
    }

    /// <returns>Null for metadata of the user's own. They are, where the item has the metadata of the like name as well.</returns>
    private static string? Hint(string name, ITaskItem image)
    {
        if (ImageMetadata.Meant(name) is { } meant)
            return image.GetMetadata(meant).Length > 0 ? null : $"Did you mean {meant}?";
        return ImageMetadata.MeantLimit(name) is { } limit ? $"A limit is set in Limits: Limits=\"{limit}={SafeText.Show(image.GetMetadata(name))}\"." : null;
    }

    private static string More(int images) => images switch
    {
        0 => "",
        1 => " and of one more image",
        _ => string.Create(CultureInfo.InvariantCulture, $" and of {images} more images"),
    };
}
