using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>All that ISA-L accepts and .NET does not (docs/security.md); the other way round there is nothing.</summary>
public sealed class GzipDifferenceTests
{
    /// <summary>A dynamic block: two codes of two bits, for the end and for 'a', where four have room. "aaa", its checksum, its length.</summary>
    private static readonly byte[] Incomplete =
    [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
        0x05, 0x80, 0x81, 0x08, 0x00, 0x00, 0x00, 0x80, 0x58, 0xf7, 0x97, 0x38, 0x40,
        .. BitConverter.GetBytes(0xf007732du), 3, 0, 0, 0,
    ];

    [Fact]
    public void Codes_that_are_not_complete_are_read_by_ISA_L()
    {
        Assert.SkipUnless(IsalLibrary.IsUsable, GzipByIsalTests.NotInstalled);
        Assert.Equal("aaa"u8, Decode(useNative: true));
    }

    [Fact]
    public void Codes_that_are_not_complete_are_an_error_by_NET() => Error("OCI3004", () => Decode(useNative: false));

    private static byte[] Decode(bool useNative)
    {
        using Stream stream = Codecs.Open(Codecs.Gzip, new MemoryStream(Incomplete), new EngineContext { UseNativeDecoders = useNative });
        return Samples.ReadAll(stream);
    }
}
