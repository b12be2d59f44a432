namespace Oci.Build.Tasks.Tests.Harness;

internal static class TestFiles
{
    /// <summary>Handles trees with directories that even their owner can't read or write.</summary>
    public static void Delete(string directory)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(directory))
            return;
        Stack<string> open = new([directory]);
        while (open.TryPop(out string? next))
        {
            File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            foreach (DirectoryInfo inside in new DirectoryInfo(next).EnumerateDirectories("*", new EnumerationOptions { AttributesToSkip = 0 }))
            {
                if (inside.LinkTarget is null)
                    open.Push(inside.FullName);
            }
        }
        Directory.Delete(directory, recursive: true);
    }
}
