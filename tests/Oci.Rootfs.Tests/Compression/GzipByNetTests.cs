namespace Oci.Rootfs.Tests.Compression;

public sealed class GzipByNetTests : GzipTests
{
    protected override bool UseNativeDecoders => false;
}
