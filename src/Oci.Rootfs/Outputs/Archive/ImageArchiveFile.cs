using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// Writes an image archive: an OCI layout in a tar, which is a docker-archive at the same time, with the tree as its one layer. The layer comes
/// into a file without a name first, because its digest is its name in the archive.
/// </summary>
/// <param name="content">The tree, the image's config, and how to write them.</param>
/// <param name="path">The archive's path.</param>
internal sealed class ImageArchiveFile(OutputContent content, string path)
{
    private const int BlockBytes = 512, RecordBytes = 20 * BlockBytes;

    /// <param name="copyTar">Writes the layer's tar into a stream.</param>
    /// <returns>The archive, complete under its temporary name.</returns>
    public OutputFile Prepare(Action<Stream> copyTar)
    {
        try
        {
            string directory = Path.GetDirectoryName(path)!;
            OutputFile.MakeDirectory(directory);
            using BlobFile blob = new(directory);
            LayerBlob layer = WriteLayer(blob, copyTar);
            return OutputFile.Prepare(path, file => Write(file, blob, layer));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(path, e);
        }
    }

    private LayerBlob WriteLayer(BlobFile blob, Action<Stream> copyTar)
    {
        ImageArchiveCompression compression = content.Request.ImageArchive.Compression;
        using DigestStream compressed = new(blob);
        string diffId;
        using (Stream compressing = ArchiveFormat.OfLayer(compression).Compress(compressed, content.Request.Archive, content.Request.Cores)!)
        {
            using DigestStream tar = new(compressing);
            copyTar(tar);
            diffId = tar.Finish();
        }
        return new LayerBlob(compressed.Finish(), diffId, blob.Written, MediaTypes.LayerOf(compression == ImageArchiveCompression.Zstd ? "zstd" : "gzip"));
    }

    private void Write(Stream file, BlobFile blob, LayerBlob layer)
    {
        byte[] config = ImageConfig.WithOneLayer(content.Config, layer.DiffId, content.Context.Limits.MaxJsonDepth);
        string configDigest = Sha256Text.Of(config);
        byte[] manifest = ImageDocuments.Manifest(configDigest, config.Length, layer);
        string manifestDigest = Sha256Text.Of(manifest);
        ImageTag name = content.Request.ImageArchive.Reference is { } reference ? ImageTag.Parse(reference)! : ImageTag.Of(content.Request.Name);
        // The layer has no bytes here: they are in the blob.
        SortedDictionary<string, byte[]?> entries = new(StringComparer.Ordinal)
        {
            [ImageDocuments.BlobName(configDigest)] = config,
            [ImageDocuments.BlobName(manifestDigest)] = manifest,
            [ImageDocuments.BlobName(layer.Digest)] = null,
            ["index.json"] = ImageDocuments.Index(manifestDigest, manifest.Length, content.Platform, name),
            ["manifest.json"] = ImageDocuments.DockerManifest(configDigest, layer.Digest, name),
            ["oci-layout"] = ImageDocuments.Layout.ToArray(),
        };
        long length = 0;
        foreach ((string entry, byte[]? bytes) in entries)
            length += WriteEntry(file, entry, bytes, blob);
        file.Write(new byte[(2 * BlockBytes) + ((RecordBytes - ((length + (2 * BlockBytes)) % RecordBytes)) % RecordBytes)]);
    }

    /// <summary>Plain ustar, without <c>./</c>: Proxmox knows an image by exactly these names.</summary>
    /// <returns>The bytes written.</returns>
    private long WriteEntry(Stream file, string name, byte[]? bytes, BlobFile blob)
    {
        long size = bytes?.Length ?? blob.Written;
        Span<byte> header = stackalloc byte[BlockBytes];
        header.Clear();
        Encoding.ASCII.GetBytes(name, header);
        TarField.Number(header.Slice(100, 8), 0x1a4);
        TarField.Number(header.Slice(108, 8), 0);
        TarField.Number(header.Slice(116, 8), 0);
        TarField.Number(header.Slice(124, 12), size);
        TarField.Number(header.Slice(136, 12), 0);
        header[156] = (byte)'0';
        "ustar\u000000"u8.CopyTo(header[257..]);
        TarField.Checksum(header);
        file.Write(header);
        if (bytes is not null)
            file.Write(bytes);
        else
            blob.CopyAllTo(file, content.Context.Cancellation);
        int padding = (int)((BlockBytes - (size % BlockBytes)) % BlockBytes);
        file.Write(new byte[padding]);
        return BlockBytes + size + padding;
    }
}
