using System.IO.Compression;

namespace Oci.Rootfs.Fuzz;

/// <summary>Gzip members of every kind of block.</summary>
internal static class GzipCompressor
{
    public static byte[] Compress(Random random, byte[] data)
    {
        ZLibCompressionOptions options = new()
        {
            CompressionLevel = random.Next(10),
            CompressionStrategy = (ZLibCompressionStrategy)random.Next(5),
        };
        data = random.Next(4) == 0 ? data[..random.Next(Math.Min(data.Length, 3000) + 1)] : data;
        using MemoryStream output = new();
        using (GZipStream gzip = new(output, options))
        {
            int flush = random.Next(3) == 0 ? random.Next(data.Length + 1) : 0;
            gzip.Write(data, 0, flush);
            if (flush > 0)
                gzip.Flush();
            gzip.Write(data, flush, data.Length - flush);
        }
        return output.ToArray() is [_, ..] member ? member : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }
}
