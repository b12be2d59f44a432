using System.Diagnostics;
using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>Builds on a full or read-only file system. The tree of an earlier build stays.</summary>
public sealed class FileSystemErrorTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage().Property("OciPlatform", "linux/amd64");

    private string Place => _project.PathOf("place");

    private string Motd => Path.Combine(Place, "rootfs", "etc", "motd");

    public void Dispose()
    {
        if (Environment.IsPrivilegedProcess)
            Run("umount", "-l", Place);
        else if (Directory.Exists(Place))
            File.SetUnixFileMode(Place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _project.Dispose();
    }

    [Fact]
    public void A_full_disk_is_OCI5003_and_leaves_the_tree_before()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to mount a small file system");
        BuildFirst("size=256k");
        Image.Of(Tars.Of(Tars.File("large", TarContent.Generated(1_000_000)))).For("linux/amd64").SaveArchive(_project.PathOf("image.tar"));

        BuildErrorEventArgs error = _project.Build().Error;

        AssertError(error, "OCI5003", "No space left while", "(entry 'large', layer 1 of 1 ", "image 'image.tar'");
    }

    [Fact]
    public void A_place_that_may_not_be_written_is_OCI5004_and_leaves_the_tree_before()
    {
        BuildFirst("size=10m");
        BadImages.WriteGood(_project.PathOf("image.tar"));
        if (Environment.IsPrivilegedProcess)
            Assert.Equal(0, Run("mount", "-o", "remount,ro", Place));
        else
            File.SetUnixFileMode(Place, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        BuildErrorEventArgs error = _project.Build().Error;

        AssertError(error, "OCI5004", "Permission denied while", "image 'image.tar'");
    }

    private void BuildFirst(string mountOptions)
    {
        Directory.CreateDirectory(Place);
        if (Environment.IsPrivilegedProcess)
            Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", mountOptions, "oci-test", Place) == 0, "needs the right to mount");
        Image.Of(Tars.Of(Tars.File("etc/motd", "first\n"))).For("linux/amd64").SaveArchive(_project.PathOf("image.tar"));
        _project.Image("image.tar", ("RootfsDirectory", Path.Combine(Place, "rootfs"))).Build().MustSucceed();
    }

    private void AssertError(BuildErrorEventArgs error, string code, params string[] says)
    {
        Assert.Equal(code, error.Code);
        Assert.All(says, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.EndsWith($"/docs/errors/{code}.md", error.HelpLink, StringComparison.Ordinal);
        Assert.Equal("first\n", File.ReadAllText(Motd));
        Assert.Equal([".rootfs.oci", ".rootfs.oci-state", "rootfs", "rootfs.config.json"], Directory.GetFileSystemEntries(Place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
