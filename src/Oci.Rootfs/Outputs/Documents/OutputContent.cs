using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>The input of the documents of one extraction.</summary>
/// <param name="Tree">The merged tree.</param>
/// <param name="Result">The extracted image.</param>
/// <param name="Platform">The platform of <paramref name="Result"/>, in its parts.</param>
/// <param name="Config">The image's config document as stored.</param>
/// <param name="Request">The request, for the image's short name and for what it says of single documents.</param>
/// <param name="Context">Limits, log and cancellation.</param>
internal sealed record OutputContent(RootfsTree Tree, RootfsResult Result, OciPlatform Platform, byte[] Config, RootfsRequest Request, EngineContext Context)
{
    /// <summary>The contents of the tree's files, for kinds that read them (<see cref="OutputKind.ReadsContents"/>).</summary>
    public ITreeContents? Contents { get; init; }

    /// <summary>The digests of the image's layers, by number in the manifest.</summary>
    public IReadOnlyList<string> LayerDigests { get; init; } = [];

    /// <summary>The tree that stood before; null where none is known.</summary>
    public TreeBefore? Before { get; init; }

    /// <summary>Reads a whole file of the tree, whose size the caller has bounded.</summary>
    public byte[] Read(Inode file)
    {
        byte[] bytes = new byte[file.Size];
        using ITreeContent content = Contents!.Open(file);
        int length = 0;
        while (length < bytes.Length && content.Read(length, bytes.AsSpan(length)) is > 0 and int count)
            length += count;
        return bytes;
    }
}
