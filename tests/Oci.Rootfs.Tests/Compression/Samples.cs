using Oci.Images;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>What is compressed in the tests of compressed layers, and how it is read again.</summary>
internal static class Samples
{
    public static byte[] Tar { get; } = Tars.Of(Tars.File("a", Noise(70_000)), Tars.Dir("d"));

    public static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    /// <summary>To its end, which stays the end.</summary>
    public static byte[] ReadAll(Stream stream, int bufferSize = 64 << 10)
    {
        MemoryStream output = new();
        byte[] buffer = new byte[bufferSize];
        int count;
        while ((count = stream.Read(buffer)) > 0)
            output.Write(buffer, 0, count);
        Assert.Equal(0, stream.Read(buffer));
        return output.ToArray();
    }
}
