using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>A file system of a test's own, mounted at a new directory. Needs root; the test is skipped where mounting is not allowed.</summary>
internal sealed class Mounted : IDisposable
{
    private readonly TempDirectory _temp = new();

    private Mounted(string type, string options)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to mount a file system");
        CommandResult mounted = Command.Run("mount", "-t", type, "-o", options, "oci-test", Path);
        Assert.SkipUnless(mounted.ExitCode == 0, $"needs the right to mount {type}: {mounted.Error}");
        Command.Run("chmod", "777", Path);
    }

    public string Path => _temp.Path;

    public string this[string name] => _temp[name];

    public static Mounted Tmpfs(string options) => new("tmpfs", options);

    /// <summary>Knows no extended attributes.</summary>
    public static Mounted Ramfs() => new("ramfs", "mode=777");

    public void Remount(string options)
    {
        CommandResult remounted = Command.Run("mount", "-o", "remount," + options, Path);
        Assert.True(remounted.ExitCode == 0, remounted.Error);
    }

    public void Dispose()
    {
        Command.Run("umount", "-l", Path);
        _temp.Dispose();
    }
}
