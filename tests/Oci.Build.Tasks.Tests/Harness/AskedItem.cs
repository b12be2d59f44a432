using System.Collections;
using Microsoft.Build.Framework;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>An item without metadata, but for those that a test gives it. It remembers which metadata the task read.</summary>
internal sealed class AskedItem : ITaskItem2
{
    public HashSet<string> Asked { get; } = [];

    public Dictionary<string, string> Answers { get; } = [];

    public string ItemSpec { get; set; } = "image";

    public string EvaluatedIncludeEscaped { get; set; } = "image";

    public ICollection MetadataNames => Array.Empty<string>();

    public int MetadataCount => 0;

    public string GetMetadata(string metadataName)
    {
        Asked.Add(metadataName);
        return metadataName == "FullPath" ? "/" + ItemSpec : Answers.GetValueOrDefault(metadataName, "");
    }

    public string GetMetadataValueEscaped(string metadataName) => GetMetadata(metadataName);

    public void SetMetadataValueLiteral(string metadataName, string metadataValue) => throw new NotSupportedException();

    public IDictionary CloneCustomMetadataEscaped() => new Hashtable();

    public void SetMetadata(string metadataName, string metadataValue) => throw new NotSupportedException();

    public void RemoveMetadata(string metadataName) => throw new NotSupportedException();

    public void CopyMetadataTo(ITaskItem destinationItem) => throw new NotSupportedException();

    public IDictionary CloneCustomMetadata() => new Hashtable();
}
