using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Sources;

internal static class Expect
{
    public static OciException Error(string code, Action action)
    {
        OciException e = Assert.Throws<OciException>(action);
        Assert.True(code == e.Code, $"{code} was expected: {e.Code}: {e.Message}");
        return e;
    }

    /// <summary>For images that are not compressed as a whole.</summary>
    public static SafeFileHandle NoUnpacking(SafeFileHandle archive, string path) => throw new InvalidOperationException("is compressed as a whole");
}
