using System.IO.Compression;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Tests whether this machine's libisal.so.2 inflates as it should: another version, or a build for another processor, might lay out its
/// state in another way. The test takes a few milliseconds.
/// </summary>
internal static class IsalSelfTest
{
    /// <summary>
    /// More than the 64 KiB that the library keeps in its own memory, so that it goes on in the caller's. Small enough that no array here
    /// is a large object.
    /// </summary>
    private const int ContentBytes = 80_000;

    private const int FarthestReference = 32 << 10;

    public static bool Passes()
    {
        try
        {
            byte[] content = MakeContent();
            byte[] members = [.. Gzip(content, CompressionLevel.Fastest), .. Gzip(content.AsSpan(0, 1000), CompressionLevel.NoCompression), 0, 0];
            byte[] expected = [.. content, .. content.AsSpan(0, 1000)];
            return Inflate(members, expected.Length).SequenceEqual(expected) && Refuses(members, expected.Length) && IsalLibrary.Crc(0, "123456789"u8) == 0xcbf43926;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or OciException)
        {
            return false;
        }
    }

    /// <summary>Tells whether the library refuses a wrong checksum, that of the second member.</summary>
    private static bool Refuses(byte[] members, int length)
    {
        members[^10] ^= 1;
        try
        {
            Inflate(members, length);
            return false;
        }
        catch (OciException)
        {
            return true;
        }
    }

    /// <summary>Inflates at most one byte more than expected.</summary>
    private static ReadOnlySpan<byte> Inflate(byte[] members, int length)
    {
        using IsalGzipStream stream = new(new MemoryStream(members));
        byte[] inflated = new byte[length + 1];
        return inflated.AsSpan(0, stream.ReadAtLeast(inflated, inflated.Length, throwOnEndOfStream: false));
    }

    /// <summary>
    /// Makes runs of up to 63 bytes. A third of them are new; the others repeat earlier bytes. So there are literals, near and far
    /// references.
    /// </summary>
    internal static byte[] MakeContent()
    {
        byte[] content = new byte[ContentBytes];
        uint state = 1;
        for (int i = 0; i < content.Length;)
        {
            int end = Math.Min(i + 1 + (int)(Next(ref state) % 63), content.Length);
            int distance = (int)(Next(ref state) % FarthestReference);
            bool isNew = distance >= i || Next(ref state) % 3 == 0;
            for (; i < end; i++)
                content[i] = isNew ? (byte)Next(ref state) : content[i - 1 - distance];
        }
        return content;

        static uint Next(ref uint state)
        {
            state = state * 1664525 + 1013904223;
            return state >> 12;
        }
    }

    private static byte[] Gzip(ReadOnlySpan<byte> content, CompressionLevel level)
    {
        using MemoryStream member = new();
        using (GZipStream gzip = new(member, level))
            gzip.Write(content);
        return member.ToArray();
    }
}
