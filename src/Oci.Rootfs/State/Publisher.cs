using System.Globalization;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>
/// Puts a finished tree and its files in place by renames only. Until the first rename everything is as it was; if a later one fails, the
/// old tree is put back. At every moment the state file names the directory that stands at the destination.
/// </summary>
internal sealed class Publisher(Destination destination, StateFile state, EngineContext context)
{
    /// <param name="staging">The finished tree.</param>
    /// <param name="key">What it was made of.</param>
    /// <param name="layerOrder">For each place in the order of application the layer's number in the manifest.</param>
    /// <param name="paths">How many paths it has on disk, its root included.</param>
    /// <param name="outputs">Files complete under their temporary names.</param>
    /// <param name="lacks">What the tree could not be given (<see cref="StateContent.Lacks"/>).</param>
    public void Publish(DirectoryHandle staging, string key, IReadOnlyList<int> layerOrder, long paths, IReadOnlyList<OutputFile> outputs, IReadOnlyList<string> lacks)
    {
        destination.RefuseMounts();
        StateContent old = state.Content;
        TreeIdentity tree = StateFile.Identity(staging.StatSelf() ?? throw DiskErrors.Changed(destination.StagingName));
        bool replaces = destination.Parent.Stat(destination.Name) is { } existing && state.Owns(existing);
        state.Write(old with { Key = null, Trees = [.. old.Trees, tree] });
        try
        {
            PutInPlace(replaces);
        }
        catch
        {
            // All is as it was. The state file may not go on naming a tree that is about to be removed.
            TryWrite(old);
            throw;
        }
        try
        {
            foreach (OutputFile output in outputs)
                output.Publish();
        }
        catch
        {
            TakeBack(replaces);
            TryWrite(old with { Key = null });
            throw;
        }
        state.Write(new StateContent(key, [tree], paths, layerOrder, [.. outputs.Select(static o => new WrittenFile(o.Path, o.Length))]) { Boot = BootId.Current, Lacks = lacks });
        // The build has succeeded: what follows can't fail it.
        Removal removal = destination.Remains.TryRemove(context);
        long made = replaces ? old.Paths : 0;
        WarnOfForeignFiles(destination, removal.Removed - made, made, context.Log);
    }

    /// <summary>All or nothing.</summary>
    private void PutInPlace(bool replaces)
    {
        if (replaces && TryExchange())
            return;
        // File systems that can't exchange have a moment without a tree. An absent or empty destination is replaced by the rename itself.
        if (replaces && destination.Parent.Rename(destination.Name, destination.Parent, destination.AsideName) != 0)
            throw Error();
        if (destination.Parent.Rename(destination.StagingName, destination.Parent, destination.Name) == 0)
            return;
        OciException error = Error();
        if (replaces)
            _ = destination.Parent.Rename(destination.AsideName, destination.Parent, destination.Name);
        throw error;
    }

    /// <summary>The error that led here is the one to tell; a state file that names more trees than stand does no harm.</summary>
    private void TryWrite(StateContent content)
    {
        try
        {
            state.Write(content);
        }
        catch (OciException e)
        {
            context.Log.Detail(e.Message);
        }
    }

    private void TakeBack(bool replaces)
    {
        if (replaces && TryExchange())
            return;
        _ = destination.Parent.Rename(destination.Name, destination.Parent, destination.StagingName);
        if (replaces)
            _ = destination.Parent.Rename(destination.AsideName, destination.Parent, destination.Name);
    }

    private bool TryExchange() => destination.Parent.Rename(destination.StagingName, destination.Name, Linux.RenameExchange) == 0;

    public static void WarnOfForeignFiles(Destination destination, long added, long pathsMade, RootfsLog log)
    {
        if (pathsMade > 0 && added > 0)
        {
            log.Warning(DiskErrors.ForeignFilesRemoved, string.Create(CultureInfo.InvariantCulture,
                $"Files that no extraction had made were removed with the tree in '{destination.ShownPath}', {added} or more. Keep your own files elsewhere: a tree is replaced and removed whole."));
        }
    }

    private OciException Error() => DiskErrors.FromErrno(Linux.Errno, "putting the new tree in place", Encoding.UTF8.GetBytes(destination.ShownPath));
}
