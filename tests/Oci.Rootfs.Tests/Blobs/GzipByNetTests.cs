namespace Oci.Rootfs.Tests.Blobs;

public sealed class GzipByNetTests : GzipTests
{
    protected override bool UseIsal => false;
}
