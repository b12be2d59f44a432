namespace Oci.Rootfs.Tests.Faults;

/// <summary>What a build left in the process that it ran in.</summary>
internal static class LeftBehind
{
    /// <summary>The engine's own threads, which have names. One that was joined may be seen by the kernel a moment longer.</summary>
    public static IEnumerable<string> Threads() =>
        Directory.GetDirectories("/proc/self/task").Select(NameOf).Where(static name => name.StartsWith("OCI ", StringComparison.Ordinal));

    /// <summary>Files and directories below a place that are open.</summary>
    public static IEnumerable<string> OpenFiles(string place) =>
        Directory.GetFiles("/proc/self/fd").Select(static f => new FileInfo(f).LinkTarget ?? "").Where(f => f.StartsWith(place + "/", StringComparison.Ordinal));

    public static void Nothing(string place, string after)
    {
        SpinWait.SpinUntil(static () => !Threads().Any(), TimeSpan.FromSeconds(10));
        Assert.True(!Threads().Any(), $"after {after}: {string.Join(", ", Threads())}");
        Assert.Empty(OpenFiles(place));
    }

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return ""; // It has just ended.
        }
    }
}
