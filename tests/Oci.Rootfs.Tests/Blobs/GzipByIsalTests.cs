using Oci.Rootfs.Blobs;

namespace Oci.Rootfs.Tests.Blobs;

public sealed class GzipByIsalTests : GzipTests
{
    public GzipByIsalTests() => Assert.SkipUnless(IsalLibrary.IsUsable, "libisal.so.2 is not installed (Debian: libisal2)");

    protected override bool UseIsal => true;
}
