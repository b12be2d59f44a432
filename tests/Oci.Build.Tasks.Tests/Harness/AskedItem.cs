using System.Collections;
using Microsoft.Build.Framework;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>An item without metadata. It remembers which metadata the task read.</summary>
internal sealed class AskedItem : ITaskItem
{
    public HashSet<string> Asked { get; } = [];

    public string ItemSpec { get; set; } = "image";

    public ICollection MetadataNames => Array.Empty<string>();

    public int MetadataCount => 0;

    public string GetMetadata(string metadataName)
    {
        Asked.Add(metadataName);
        return "";
    }

    public void SetMetadata(string metadataName, string metadataValue) => throw new NotSupportedException();

    public void RemoveMetadata(string metadataName) => throw new NotSupportedException();

    public void CopyMetadataTo(ITaskItem destinationItem) => throw new NotSupportedException();

    public IDictionary CloneCustomMetadata() => new Hashtable();
}
