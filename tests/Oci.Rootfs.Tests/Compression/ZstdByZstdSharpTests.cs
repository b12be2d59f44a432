using Oci.Rootfs.Compression;

namespace Oci.Rootfs.Tests.Compression;

public sealed class ZstdByZstdSharpTests : ZstdTests
{
    private protected override IZstdDecoder Make(int windowLog) => new ManagedZstd(windowLog);
}
