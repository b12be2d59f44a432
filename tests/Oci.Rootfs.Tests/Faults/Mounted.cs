using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>A file system of a test's own, mounted at a new directory. Needs root; the test is skipped where mounting is not allowed.</summary>
internal sealed class Mounted : IDisposable
{
    private readonly TempDirectory _temp = new();
    private TempDirectory? _image;
    private readonly List<string> _loops = [];

    private Mounted()
    {
    }

    public string Path => _temp.Path;

    public string this[string name] => _temp[name];

    public static Mounted Tmpfs(string options) => Mount("tmpfs", options);

    /// <summary>Knows no extended attributes.</summary>
    public static Mounted Ramfs() => Mount("ramfs", "mode=777");

    /// <summary>ext4 with inodes too small for times after 2038, for fractions of a second, and for the time of birth.</summary>
    public static Mounted SmallExt4() => OnDevice(["mkfs.ext4", "-q", "-I", "128"], "mount", "-t", "ext4");

    /// <summary>FUSE's exFAT: knows no owners, modes, links or devices, and makes a file where it is asked for a device.</summary>
    public static Mounted FuseExfat() => OnDevice(["mkfs.exfat"], "mount.exfat-fuse");

    /// <summary>A directory seen through a file system that answers that all is well, and changes neither modes nor owners.</summary>
    public static Mounted ThatIgnores(string directory) => Mount(made => ["bindfs", "--chmod-ignore", "--chown-ignore", directory, made]);

    /// <summary>A directory seen through FUSE, whose inode numbers are the program's own.</summary>
    public static Mounted Fuse(string directory) => Mount(made => ["bindfs", directory, made]);

    public static Mounted Btrfs() => OnDevice(["mkfs.btrfs", "-q"], "mount", "-t", "btrfs");

    public static Mounted Overlay(string lower, string upper, string work) => Mount("overlay", $"lowerdir={lower},upperdir={upper},workdir={work}");

    public void Remount(string options)
    {
        CommandResult remounted = Command.Run("mount", "-o", "remount," + options, Path);
        Assert.True(remounted.ExitCode == 0, remounted.Error);
    }

    /// <summary>The same file system with another device number, as after a restart.</summary>
    public void MountOnAnotherDevice()
    {
        string[] first = [.. _loops];
        Assert.Equal(0, Command.Run("umount", Path).ExitCode);
        _loops.Add(Command.Run("losetup", "-f", "--show", _image!["image"]).Output.Trim());
        Assert.DoesNotContain(_loops[^1], first);
        Assert.Equal(0, Command.Run("mount", _loops[^1], Path).ExitCode);
    }

    public void Dispose()
    {
        Command.Run("umount", "-l", Path);
        foreach (string loop in _loops)
            Command.Run("losetup", "-d", loop);
        _temp.Dispose();
        _image?.Dispose();
    }

    private static Mounted Mount(string type, string options)
    {
        Mounted made = Mount(path => ["mount", "-t", type, "-o", options, "oci-test", path]);
        Command.Run("chmod", "777", made.Path);
        return made;
    }

    private static Mounted Mount(Func<string, string[]> command)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to mount a file system");
        Mounted made = new();
        string[] words = command(made.Path);
        string? failure = Try(words);
        if (failure is not null)
            made._temp.Dispose();
        Assert.SkipWhen(failure is not null, $"needs the right to run {string.Join(' ', words)}: {failure}");
        return made;
    }

    /// <summary>On a loop device.</summary>
    private static Mounted OnDevice(string[] makeFileSystem, params string[] mount)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to mount a file system");
        TempDirectory image = new();
        Command.Run("truncate", "-s", "128M", image["image"]);
        string? failure = Try([.. makeFileSystem, image["image"]]);
        string loop = failure is null ? Command.Run("losetup", "-f", "--show", image["image"]).Output.Trim() : "";
        Assert.SkipWhen(loop.Length == 0, $"needs {makeFileSystem[0]} and a loop device: {failure}");
        Mounted made = Mount(path => [.. mount, loop, path]);
        Command.Run("chmod", "777", made.Path);
        made._image = image;
        made._loops.Add(loop);
        return made;
    }

    /// <summary>Null, or why it failed.</summary>
    private static string? Try(string[] command)
    {
        try
        {
            CommandResult result = Command.Run(command[0], command[1..]);
            return result.ExitCode == 0 ? null : result.Error;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
