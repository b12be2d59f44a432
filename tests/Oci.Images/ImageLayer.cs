using System.IO.Compression;
using System.Security.Cryptography;
using ICSharpCode.SharpZipLib.BZip2;

namespace Oci.Images;

/// <summary>A layer: its blob, and its description in the documents, which <c>with</c> can forge.</summary>
public sealed record ImageLayer
{
    public required byte[] Blob { get; init; }

    public required string MediaType { get; init; }

    /// <summary>The layer's digest in the config.</summary>
    public required string DiffId { get; init; }

    /// <summary>The digest in the manifest, in place of the blob's.</summary>
    public string? Digest { get; init; }

    /// <summary>The size in the manifest, in place of the blob's.</summary>
    public long? Size { get; init; }

    /// <summary>True leaves the blob out of the layout.</summary>
    public bool Absent { get; init; }

    public static implicit operator ImageLayer(byte[] tar) => Plain(tar);

    public static ImageLayer Plain(byte[] tar) => Make(tar, tar, "application/vnd.oci.image.layer.v1.tar");

    /// <summary>Gzip, in this many members of about equal length.</summary>
    public static ImageLayer Gzip(byte[] tar, int members = 1) => Make(tar, GzipOf(tar, members), "application/vnd.oci.image.layer.v1.tar+gzip");

    /// <summary>Zstd without compression, in this many frames of about equal length.</summary>
    public static ImageLayer Zstd(byte[] tar, int frames = 1) => Make(tar, ZstdOf(tar, frames), "application/vnd.oci.image.layer.v1.tar+zstd");

    /// <summary>Bzip2, in this many streams of about equal length. No media type names it.</summary>
    public static ImageLayer Bzip2(byte[] tar, int streams = 1) => Make(tar, Bzip2Of(tar, streams), "application/vnd.oci.image.layer.v1.tar");

    /// <summary>A blob of any kind. The documents claim that it inflates to this tar.</summary>
    public static ImageLayer Make(byte[] tar, byte[] blob, string mediaType) =>
        new() { Blob = blob, MediaType = mediaType, DiffId = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(tar)) };

    public static byte[] GzipOf(byte[] data, int members = 1)
    {
        using MemoryStream output = new();
        foreach (byte[] piece in Pieces(data, members))
        {
            // GZipStream writes nothing for no data. This is an empty member.
            if (piece.Length == 0)
                output.Write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            using GZipStream gzip = new(output, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(piece);
        }
        return output.ToArray();
    }

    public static byte[] ZstdOf(byte[] data, int frames = 1) => [.. Pieces(data, frames).SelectMany(ZstdFrame)];

    public static byte[] Bzip2Of(byte[] data, int streams = 1)
    {
        using MemoryStream output = new();
        foreach (byte[] piece in Pieces(data, streams))
        {
            using BZip2OutputStream bzip2 = new(output, 1) { IsStreamOwner = false };
            bzip2.Write(piece);
        }
        return output.ToArray();
    }

    /// <summary>RFC 8878: a frame with its content size, of raw blocks.</summary>
    private static byte[] ZstdFrame(byte[] data)
    {
        const int blockLength = 128 << 10;
        using MemoryStream output = new();
        using BinaryWriter writer = new(output);
        writer.Write([0x28, 0xb5, 0x2f, 0xfd, 0xa0]);
        writer.Write(data.Length);
        int done = 0;
        do
        {
            int length = Math.Min(blockLength, data.Length - done);
            int header = (length << 3) | (done + length == data.Length ? 1 : 0);
            writer.Write([(byte)header, (byte)(header >> 8), (byte)(header >> 16)]);
            writer.Write(data, done, length);
            done += length;
        }
        while (done < data.Length);
        return output.ToArray();
    }

    private static IEnumerable<byte[]> Pieces(byte[] data, int count)
    {
        for (int i = 0; i < count; i++)
            yield return data[(int)((long)data.Length * i / count)..(int)((long)data.Length * (i + 1) / count)];
    }
}
