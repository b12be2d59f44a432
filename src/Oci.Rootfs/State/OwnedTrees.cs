using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.State;

/// <summary>Removes trees of ours: one, or all in a directory of an image's platforms.</summary>
[SupportedOSPlatform("linux")]
internal static class OwnedTrees
{
    private const string StateFileSuffix = ".oci";

    /// <summary>
    /// Removes a tree, its state file and the remains of killed builds. It warns of everything that can't be removed. That stays ours: its state file stays too,
    /// so that a later build or Clean may go on removing it.
    /// </summary>
    /// <param name="path">The absolute path of the tree.</param>
    /// <param name="outputs">The files that a build writes with the tree of a platform, by the platform's name.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <param name="list">The project's list, which may know a tree whose state file is gone; null for none.</param>
    /// <param name="mayGo">Says of the content of the tree's own state file whether the tree may go; null for any.</param>
    /// <returns>The content of the state file; null where there was none, and where the tree may not go.</returns>
    /// <exception cref="OciException">The directory is not ours, or can't be removed.</exception>
    public static StateContent? Remove(
        string path, Func<string, IEnumerable<string>> outputs, EngineContext context, TreeList? list = null, Func<StateContent, bool>? mayGo = null)
    {
        using Destination? destination = Destination.Open(path, create: false);
        if (destination is null)
            return null;
        bool isKnown = list?.Known(destination) is not null;
        using StateFile? state = destination.AcquireState(create: isKnown, context);
        if (state is not null && !(isKnown && list!.Adopt(destination, state)) && mayGo?.Invoke(state.Content) == false)
            return null;
        if (state is not null)
            destination.RefuseMounts();
        new DestinationGuard(destination, state, context).RefuseForeign();
        if (state is null)
            return null;
        if (state.Content.HoldsTrees)
            RemoveWithin(destination.ShownPath, new HashSet<string>(), outputs, context);
        long paths = state.Content.HoldsTrees ? 1 : state.Content.Paths;
        state.Write(state.Content with { Key = null });
        new TreeStateFile(destination).Remove();
        Removal removal = destination.Remove(destination.Name, context.Cancellation);
        destination.Remains.TryRemove(context);
        if (removal.Failure is not null)
            DiskErrors.WarnLeft(context.Log, destination.ShownPath, removal.Left, removal.Failure);
        else if (destination.Remains.Any())
            state.Write(StateContent.Nothing);
        else
            state.Remove();
        Publisher.WarnOfForeignFiles(destination, removal.Removed - paths, paths, context.Log);
        return state.Content;
    }

    /// <summary>Removes the trees in a directory of ours, and the files written with them.</summary>
    /// <param name="directory">The absolute path of the directory.</param>
    /// <param name="except">The names of the trees that stay.</param>
    /// <param name="outputs">
    /// The files that a build writes with a tree of this name. The engine removes no other file, because anybody may have edited a state
    /// file.
    /// </param>
    /// <param name="context">Log and cancellation.</param>
    public static void RemoveWithin(string directory, IReadOnlySet<string> except, Func<string, IEnumerable<string>> outputs, EngineContext context)
    {
        foreach (string name in NamesWithin(directory).Where(n => !except.Contains(n)))
        {
            foreach (string file in Remove(Path.Combine(directory, name), outputs, context)?.FilesAmong(outputs(name)) ?? [])
                OutputFile.Remove(file);
        }
    }

    /// <summary>The files that builds wrote with the trees in a directory of ours. A state file that can't be trusted names none.</summary>
    /// <param name="directory">The absolute path of the directory.</param>
    /// <param name="outputs">The files that a build writes with a tree of this name. The method returns no other file.</param>
    /// <param name="context">Log and cancellation.</param>
    public static List<string> FilesWithin(string directory, Func<string, IEnumerable<string>> outputs, EngineContext context)
    {
        List<string> files = [];
        foreach (string name in NamesWithin(directory))
        {
            try
            {
                using DestinationLock? held = DestinationLock.Take(Path.Combine(directory, name), create: false, context);
                files.AddRange(held?.State.Content.FilesAmong(outputs(name)) ?? []);
            }
            catch (OciException e)
            {
                context.Log.Detail(e.Message);
            }
        }
        return files;
    }

    /// <summary>Removes files after the build has succeeded. So a failure is only a warning.</summary>
    public static void TryRemoveFiles(IEnumerable<string> files, EngineContext context)
    {
        foreach (string file in files)
        {
            try
            {
                OutputFile.Remove(file);
            }
            catch (OciException e)
            {
                DiskErrors.WarnLeft(context.Log, SafeText.Show(file), 1, e);
            }
        }
    }

    /// <summary>The names of the trees that have a state file in the directory.</summary>
    public static List<string> NamesWithin(string directory) => !Directory.Exists(directory)
        ? []
        : [.. Directory.EnumerateFiles(directory, ".*" + StateFileSuffix).Select(static f => Path.GetFileName(f)[1..^StateFileSuffix.Length]).Where(static n => n.Length > 0)];
}
