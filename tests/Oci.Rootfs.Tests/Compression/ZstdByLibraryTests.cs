using Oci.Rootfs.Compression;

namespace Oci.Rootfs.Tests.Compression;

public sealed class ZstdByLibraryTests : ZstdTests
{
    internal const string NotInstalled = "libzstd.so.1 is not installed (Debian: libzstd1)";

    public ZstdByLibraryTests() => Assert.SkipUnless(ZstdLibrary.IsUsable, NotInstalled);

    private protected override IZstdDecoder Make(int windowLog) => new ZstdLibrary.Decoder(windowLog);
}
