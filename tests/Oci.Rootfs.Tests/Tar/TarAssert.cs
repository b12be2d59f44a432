using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests;

internal static class TarAssert
{
    /// <summary>Reading the archive to its end fails with this code, whatever pieces it comes in.</summary>
    public static OciException Fails(string code, byte[] archive, RootfsLimits? limits = null)
    {
        Assert.Equal(code, Assert.Throws<OciException>(() => TarSnapshot.Read(archive, 100, limits)).Code);
        OciException error = Assert.Throws<OciException>(() => TarSnapshot.Read(archive, limits: limits));
        Assert.Equal(code, error.Code);
        return error;
    }

    /// <summary>Reading the archive gives one warning, of this code.</summary>
    public static IReadOnlyList<TarSnapshot> Warns(string code, byte[] archive)
    {
        List<RootfsMessage> messages = [];
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(archive, log: new RootfsLog(messages.Add));
        RootfsMessage message = Assert.Single(messages);
        Assert.Equal((RootfsMessageKind.Warning, code), (message.Kind, message.Code));
        return entries;
    }
}
