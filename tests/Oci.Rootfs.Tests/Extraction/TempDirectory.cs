namespace Oci.Rootfs.Tests.Extraction;

/// <summary>A directory of one test's own, which other users may enter, removed afterwards whatever modes it has in it.</summary>
public sealed class TempDirectory : IDisposable
{
    public TempDirectory()
    {
        Path = Directory.CreateTempSubdirectory("oci-rootfs-test-").FullName;
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_111_111);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        Command.Run("chmod", "-R", "u+rwx", Path);
        Command.Run("rm", "-rf", "--one-file-system", Path);
    }
}
