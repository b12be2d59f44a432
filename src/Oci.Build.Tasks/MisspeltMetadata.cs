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
    /// <param name="items">Items of one type.</param>
    /// <param name="names">The metadata that the tasks read from items of this type.</param>
    /// <param name="what">What an item of this type is called, without an article.</param>
    /// <param name="log">Gets the warnings.</param>
    public static void Warn(ITaskItem[] items, IReadOnlyList<string> names, string what, TaskLoggingHelper log)
    {
        // The items of one glob share a mistake, which is one warning.
        SortedDictionary<string, List<ITaskItem>> unknown = new(StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem item in items)
        {
            foreach (string name in item.CloneCustomMetadata().Keys)
            {
                if (ImageMetadata.IsKnown(names, name))
                    continue;
                if (!unknown.TryGetValue(name, out List<ITaskItem>? with))
                    unknown.Add(name, with = []);
                with.Add(item);
            }
        }
        foreach ((string name, List<ITaskItem> with) in unknown)
        {
            if (Hint(names, name, with[0]) is { } hint)
                TaskLog.Warning(log, BuildErrors.MisspeltMetadataWarning, $"The metadata '{SafeText.Show(name)}' of '{SafeText.Show(with[0].ItemSpec)}'{More(with.Count - 1, what)} means nothing to Oci.Build.Tasks. {hint}", with[0].ItemSpec);
        }
    }

    /// <returns>Null for metadata of the user's own. They are, where the item has the metadata of the like name as well.</returns>
    private static string? Hint(IReadOnlyList<string> names, string name, ITaskItem item)
    {
        if (ImageMetadata.Meant(names, name) is { } meant)
            return item.GetMetadata(meant).Length > 0 ? null : $"Did you mean {meant}?";
        return ReferenceEquals(names, ImageMetadata.Names) && ImageMetadata.MeantLimit(name) is { } limit
            ? $"A limit is set in Limits: Limits=\"{limit}={SafeText.Show(item.GetMetadata(name))}\"."
            : null;
    }

    private static string More(int items, string what) => items switch
    {
        0 => "",
        1 => $" and of one more {what}",
        _ => string.Create(CultureInfo.InvariantCulture, $" and of {items} more {what}s"),
    };
}
