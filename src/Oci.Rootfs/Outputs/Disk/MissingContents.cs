using System.Runtime.Versioning;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// The write-ahead skipped these contents, because it guessed that nothing needs them. A second pass over their layers writes them.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class MissingContents(IReadOnlyList<MissingContent> missing, ContentWriter writer, PathTable paths) : IContentSink
{
    private readonly Dictionary<ContentRef, MissingContent> _missing = missing.ToDictionary(static m => m.Content);

    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        MissingContent item = _missing[content];
        writer.Write(file, content, writer.Claim(content, item.Path, paths.Bytes(item.Path), item.Metadata), row.Size);
    }

    public void EndLayer(LayerTable layer) => writer.EndLayer(layer.Number);
}
