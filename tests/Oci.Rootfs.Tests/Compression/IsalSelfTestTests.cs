using System.IO.Compression;
using Oci.Rootfs.Compression;

namespace Oci.Rootfs.Tests.Compression;

public sealed class IsalSelfTestTests
{
    [Fact]
    public void What_the_library_is_tried_with_is_mostly_references_and_longer_than_it_keeps_to_itself()
    {
        byte[] content = IsalSelfTest.MakeContent();
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);

        Assert.True(content.Length > 1 << 16);
        Assert.InRange(compressed.Length, content.Length / 4, content.Length * 2 / 3);
    }
}
