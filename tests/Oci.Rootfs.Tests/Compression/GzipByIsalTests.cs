using Oci.Rootfs.Compression;

namespace Oci.Rootfs.Tests.Compression;

public sealed class GzipByIsalTests : GzipTests
{
    internal const string NotInstalled = "libisal.so.2 is not installed (Debian: libisal2)";

    public GzipByIsalTests() => Assert.SkipUnless(IsalLibrary.IsUsable, NotInstalled);

    protected override bool UseNativeDecoders => true;
}
