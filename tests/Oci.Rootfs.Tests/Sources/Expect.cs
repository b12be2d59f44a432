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
}
