namespace Oci.Rootfs.Guards;

/// <summary>A new directory that goes with all that is in it.</summary>
internal sealed class WorkDirectory : IDisposable
{
    /// <summary>The path has no symbolic link, because strace prints the paths that the kernel knows.</summary>
    public string Path { get; } = Command.Run("realpath", [Directory.CreateTempSubdirectory("oci-guards-").FullName]).Expect(0).Output.TrimEnd('\n');

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>By rm(1): .NET goes down a tree by full paths, which the kernel refuses for one of 10,000 levels.</summary>
    public void Dispose() => Command.Run("rm", ["-rf", "--one-file-system", Path]);
}
