using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>Removes trees of ours: one, or those in a directory that holds the trees of an image's platforms.</summary>
internal static class OwnedTrees
{
    private const string StateFileSuffix = ".oci";

    /// <summary>Removes a tree, its state file and what a killed build left. The files beside it are told, not removed.</summary>
    /// <returns>What the state file said; null where there was nothing.</returns>
    /// <exception cref="OciException">The directory is not ours, or can't be removed.</exception>
    public static StateContent? Remove(string path, EngineContext context)
    {
        using Destination? destination = Destination.Open(path, create: false);
        if (destination is null)
            return null;
        using StateFile? state = destination.AcquireState(create: false, context);
        if (state is not null)
            destination.RefuseMounts();
        new DestinationGuard(destination, state).RefuseForeign();
        if (state is null)
            return null;
        if (state.Content.HoldsTrees)
            RemoveWithin(destination.ShownPath, new HashSet<string>(), context);
        long paths = state.Content.HoldsTrees ? 1 : state.Content.Paths;
        state.Write(state.Content with { Key = null });
        long removed = TreeRemover.Remove(destination.Parent, destination.Name, destination.ShownPath);
        destination.RemoveStaging();
        state.Remove();
        Publisher.WarnOfForeignFiles(destination, removed - paths, paths, context.Log);
        return state.Content;
    }

    /// <summary>Removes the trees in a directory of ours, and the files that were written with them.</summary>
    public static void RemoveWithin(string directory, IReadOnlySet<string> except, EngineContext context)
    {
        foreach (string name in NamesWithin(directory).Where(n => !except.Contains(n)))
        {
            foreach (WrittenFile output in Remove(Path.Combine(directory, name), context)?.Outputs ?? [])
                RemoveFile(output.Path);
        }
    }

    /// <summary>Of the trees that have a state file in the directory.</summary>
    public static List<string> NamesWithin(string directory) => !Directory.Exists(directory)
        ? []
        : [.. Directory.EnumerateFiles(directory, ".*" + StateFileSuffix).Select(static f => Path.GetFileName(f)[1..^StateFileSuffix.Length]).Where(static n => n.Length > 0)];

    private static void RemoveFile(string file)
    {
        try
        {
#pragma warning disable RS0030 // A state file of ours names it.
            File.Delete(file);
#pragma warning restore RS0030
        }
        catch (DirectoryNotFoundException)
        {
            // It went with its directory: a user may remove obj/ and leave bin/.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.Output(file, e);
        }
    }
}
