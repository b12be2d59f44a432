using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Every way to compress that the engine knows, whether it can read it or not. A new one is a row here and its decoder. Null stands for no
/// compression.
/// </summary>
internal static class Codecs
{
    public static readonly Codec Gzip = new("gzip", "gunzip", [0x1f, 0x8b, 0x08])
    {
        Suffix = "gzip",
        Decoder = static (data, context) => context.UseNativeDecoders && IsalLibrary.IsUsable ? new IsalGzipStream(data) : new GzipMembersStream(data),
    };

    public static readonly Codec Zstd = new("zstd", "unzstd", ZstdMagics())
    {
        Suffix = "zstd",
        Decoder = ZstdStream.Open,
    };

    /// <summary>No media type names bzip2, but docker reads it, so some tool writes it.</summary>
    public static readonly Codec Bzip2 = new("bzip2", "bunzip2", [.. "BZh"u8]) { Decoder = static (data, _) => new Bzip2Stream(data) };

    private static readonly Codec[] All =
    [
        Gzip,
        Zstd,
        Bzip2,
        new("xz", "unxz", [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]),
        new("lz4", "unlz4", [0x04, 0x22, 0x4d, 0x18]),
        new("lzip", "lzip -d", [.. "LZIP"u8]),
        new("lzma", "unlzma", [0x5d, 0, 0]),
        new("compress (.Z)", "uncompress", [0x1f, 0x9d]),
    ];

    /// <summary>The ones that the engine reads, as a sentence lists them.</summary>
    public static string Readable
    {
        get
        {
            string[] names = [.. All.Where(static c => c.Decoder is not null).Select(static c => c.Name)];
            return $"{string.Join(", ", names[..^1])} or {names[^1]}";
        }
    }

    /// <summary>Tells how the data is compressed, readable or not; null for a tar or unknown data.</summary>
    /// <param name="head">The first <see cref="FileMagic.HeadBytes"/> bytes, or all there are.</param>
    public static Codec? Of(ReadOnlySpan<byte> head)
    {
        // A plain tar may begin with any name, "BZh91AY&SY" for example: its checksum is the better evidence.
        if (FileMagic.IsTarHeader(head))
            return null;
        foreach (Codec codec in All)
        {
            if (codec.Begins(head))
                return codec;
        }
        return null;
    }

    /// <summary>Finds the decoder for the data; null when the data is read as it is.</summary>
    /// <param name="head">The first <see cref="FileMagic.HeadBytes"/> bytes, or all there are.</param>
    /// <exception cref="OciException">OCI3007: the data is of a known kind that the engine can't decode.</exception>
    public static Codec? Recognise(ReadOnlySpan<byte> head)
    {
        Codec? codec = Of(head);
        if (codec is { Decoder: not null } || FileMagic.IsTarHeader(head))
            return codec;
        return FileMagic.Describe(head) is { } other ? throw IntegrityErrors.UnsupportedCompression(other, Readable) : null;
    }

    /// <param name="codec">The codec that <see cref="Recognise"/> found.</param>
    /// <param name="data">Owned by the stream returned.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public static Stream Open(Codec? codec, Stream data, EngineContext context) => codec?.Decoder is { } decoder ? decoder(data, context) : data;

    /// <summary>What a layer's media type says about its compression.</summary>
    /// <param name="suffix">The media type's suffix; null when it has none.</param>
    /// <param name="mediaType">The whole media type, for messages.</param>
    /// <exception cref="OciException">No layer's media type has this suffix (rule 88).</exception>
    public static Codec? OfSuffix(string? suffix, string mediaType)
    {
        if (suffix is null)
            return null;
        foreach (Codec codec in All)
        {
            if (suffix == codec.Suffix)
                return codec;
        }
        throw SelectionErrors.UnknownLayerType(mediaType);
    }

    /// <summary>
    /// The magic numbers of a frame and of skippable frames (184D2A50 to 184D2A5F, little-endian). Layers may begin with a skippable one;
    /// those of zstd:chunked do.
    /// </summary>
    private static byte[][] ZstdMagics()
    {
        byte[][] magics = new byte[17][];
        magics[16] = [0x28, 0xb5, 0x2f, 0xfd];
        for (int i = 0; i < 16; i++)
            magics[i] = [(byte)(0x50 + i), 0x2a, 0x4d, 0x18];
        return magics;
    }
}
