using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Archive;

namespace Oci.Rootfs.State;

/// <summary>Removes what builds without a directory made.</summary>
internal static class OwnedArchives
{
    /// <param name="archives">The archives that the user asked for.</param>
    /// <param name="outputs">All outputs that the user asked for.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>True when something was removed.</returns>
    public static bool Remove(IReadOnlyList<string> archives, IReadOnlyList<string> outputs, EngineContext context)
    {
        bool removed = false;
        if (archives.Count == 0)
            return removed;
        removed |= RemoveOne(archives[0], outputs, context);
        foreach (string name in PlatformsOf(archives[0]))
            removed |= RemoveOne(ArchiveFormat.Insert(archives[0], name), [.. outputs.Select(output => ArchiveFormat.Insert(output, name))], context);
        return removed;
    }

    private static bool RemoveOne(string archive, IReadOnlyList<string> outputs, EngineContext context)
    {
        using StateStore? state = ArchivePlace.Acquire(archive, create: false, context);
        if (state is null)
            return false;
        foreach (string file in state.Content.FilesAmong(outputs))
            OutputFile.Remove(file);
        // A build that was killed has left the files that it was writing.
        foreach (string output in outputs)
            OutputFile.Remove(OutputFile.TemporaryPath(output));
        state.Remove();
        return true;
    }

    /// <summary>The platforms whose archives have a state file beside where this one would be.</summary>
    private static List<string> PlatformsOf(string archive)
    {
        string directory = Path.GetDirectoryName(archive)!;
        string suffix = ArchiveFormat.Find(archive)?.Suffix ?? "";
        string name = Path.GetFileName(archive);
        string before = $".{name[..^suffix.Length]}.", after = suffix + ".oci";
        List<string> platforms = [];
        if (!Directory.Exists(directory))
            return platforms;
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            string found = Path.GetFileName(file);
            if (found.Length > before.Length + after.Length && found.StartsWith(before, StringComparison.Ordinal) && found.EndsWith(after, StringComparison.Ordinal))
                platforms.Add(found[before.Length..^after.Length]);
        }
        return platforms;
    }
}
