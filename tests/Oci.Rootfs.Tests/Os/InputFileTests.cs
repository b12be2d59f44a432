using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Tests.Os;

/// <summary>How files are opened that somebody else may have put there.</summary>
public sealed class InputFileTests : IDisposable
{
    private const int NonBlock = 0x800;

    private readonly string _directory = Directory.CreateTempSubdirectory("oci-rootfs-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // .NET 11 takes a file with O_NONBLOCK for a pipe, and reads each piece of it where the last one ended.
    [Fact]
    public void A_regular_file_is_read_at_the_offsets_that_are_asked_for_in_every_version_of_dotnet()
    {
        string path = Path.Combine(_directory, "file");
        File.WriteAllBytes(path, [0, 1, 2, 3]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using SafeFileHandle input = InputFile.Open(path, "file", out InputKind kind, out _)!;
        using SafeFileHandle own = OwnFile.TryOpen(path)!;

        Assert.Equal(InputKind.RegularFile, kind);
        foreach (SafeFileHandle file in (SafeFileHandle[])[input, own])
        {
            Assert.Equal(0, FlagsOf(file) & NonBlock);
            byte[] read = new byte[1];
            Assert.All([2, 0, 3], offset => Assert.Equal((1, (byte)offset), (RandomAccess.Read(file, read, offset), read[0])));
        }
    }

    [Fact]
    public void A_FIFO_that_nobody_writes_to_is_not_waited_for()
    {
        string path = Path.Combine(_directory, "fifo");
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [path]))
            make.WaitForExit();

        using SafeFileHandle fifo = InputFile.Open(path, "fifo", out InputKind kind, out string name)!;

        Assert.Equal((InputKind.Other, "a FIFO"), (kind, name));
        Assert.Equal(NonBlock, FlagsOf(fifo) & NonBlock);
    }

    private static int FlagsOf(SafeFileHandle file)
    {
        string line = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}").Single(static l => l.StartsWith("flags:", StringComparison.Ordinal));
        return Convert.ToInt32(line["flags:".Length..].Trim(), 8);
    }
}
