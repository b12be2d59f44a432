namespace Oci.Rootfs.Tests.Extraction;

/// <summary>What stands on disk, as find(1) sees it.</summary>
public static class DiskTree
{
    /// <summary>One line a path, sorted: <c>PATH TYPE MODE</c>, then what a link points at. Types as find's <c>%y</c>.</summary>
    public static IReadOnlyList<string> Of(string directory) => Find(directory, "%P %y %m %l");

    public static IReadOnlyList<string> Owners(string directory) => Find(directory, "%P %U:%G");

    public static IReadOnlyList<string> Times(string directory) => Find(directory, "%P %T@");

    /// <summary>Groups of paths that are one inode, each joined by spaces.</summary>
    public static IReadOnlyList<string> LinkGroups(string directory) =>
        [.. Find(directory, "%i %P").Select(static l => l.Split(' ', 2)).Where(static l => l.Length == 2).GroupBy(static l => l[0], static l => l[1])
            .Where(static g => g.Count() > 1).Select(static g => string.Join(' ', g.Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal)];

    /// <summary>All that a change to anything below a directory would show in: inodes, modes, owners, sizes and both times.</summary>
    public static IReadOnlyList<string> Snapshot(string directory) => Find(directory, "%P %y %m %U:%G %s %i %T@ %C@ %l", "-mindepth", "1");

    /// <summary>A node's own extended attributes that we may see, sorted: <c>name=0xvalue</c>.</summary>
    public static IReadOnlyList<string> Xattrs(string path) =>
        [.. NodeXattrs.Of(path).Select(static x => $"{x.Key}=0x{Convert.ToHexStringLower(x.Value)}").Order(StringComparer.Ordinal)];

    private static IReadOnlyList<string> Find(string directory, string format, params string[] tests)
    {
        CommandResult found = Command.Run("find", [directory, .. tests, "-printf", format + "\\n"]);
        // A directory that its owner may not read is shown as a path of its own; only root sees what is in it.
        string[] complaints = found.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(found.ExitCode == 0 || (!Command.IsRoot && complaints.All(static c => c.EndsWith(": Permission denied", StringComparison.Ordinal))), found.Error);
        return [.. found.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Trim()).Order(StringComparer.Ordinal)];
    }
}
