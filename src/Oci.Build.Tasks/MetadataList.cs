using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Oci.Build.Tasks;

/// <summary>Metadata that are a list: texts, divided by semicolons. In a text, <c>%3B</c> is a semicolon.</summary>
internal static class MetadataList
{
    /// <summary>The texts as the user wrote them.</summary>
    public static List<string> Of(ITaskItem? item, string metadata)
    {
        List<string> texts = [];
        string list = (item as ITaskItem2)?.GetMetadataValueEscaped(metadata) ?? "";
        foreach (string escaped in list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            texts.Add(new TaskItem(escaped, treatAsFilePath: false).ItemSpec);
        return texts;
    }
}
