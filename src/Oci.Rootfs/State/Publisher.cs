using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>
/// Puts a finished tree and its files in place by renames only. Nothing changes before the first rename. If a later one fails, the
/// publisher puts the old tree back. At every moment the state file names the directory at the destination.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Publisher(Destination destination, StateFile state, EngineContext context)
{
    /// <param name="staging">The finished tree.</param>
    /// <param name="key">The tree's build key.</param>
    /// <param name="layerOrder">For each place in the order of application, the layer's number in the manifest.</param>
    /// <param name="paths">The number of the tree's paths on disk, its root included.</param>
    /// <param name="outputs">Files that are complete under their temporary names.</param>
    /// <param name="archives">The archives among them, and those that stand.</param>
    /// <param name="lacks">The metadata that the tree lacks (<see cref="StateContent.Lacks"/>).</param>
    /// <param name="maker">The project that makes the tree; null where none is known.</param>
    /// <param name="record">Writes down what the tree is made of, once it has its name; null where that is not wanted.</param>
    public void Publish(
        DirectoryHandle staging, string key, IReadOnlyList<int> layerOrder, long paths, IReadOnlyList<OutputFile> outputs, ArchiveWork archives, IReadOnlyList<string> lacks,
        TreeMaker? maker = null, Action? record = null)
    {
        destination.RefuseMounts();
        StateContent old = state.Content;
        TreeIdentity tree = StateFile.Identity(staging.StatSelf() ?? throw DiskErrors.Changed(destination.StagingName));
        bool replaces = destination.Parent.Stat(destination.Name) is { } existing && state.Owns(existing);
        state.Write(old with { Key = null, Trees = [.. old.Trees, tree], Maker = maker });
        try
        {
            PutInPlace(replaces);
        }
        catch
        {
            // Nothing has changed. The state file must not keep naming a tree that the engine is about to remove.
            TryWrite(old);
            throw;
        }
        try
        {
            foreach (OutputFile output in outputs)
                output.Publish();
            if (record is null)
                new TreeStateFile(destination).Remove();
            else
                record();
            state.Write(new StateContent(key, [tree], paths, layerOrder, archives.With(outputs)) { Boot = BootId.Current, TreeState = new TreeStateFile(destination).Standing(), Lacks = lacks, Maker = maker });
        }
        catch
        {
            TryWrite((TakeBack(replaces) ? old : state.Content) with { Key = null });
            throw;
        }
        // The build has succeeded. Nothing below can fail it.
        Removal removal = destination.Remains.TryRemove(context);
        long made = replaces ? old.Paths : 0;
        WarnOfForeignFiles(destination, removal.Removed - made, made, context.Log);
    }

    /// <summary>
    /// Changes the tree that stands. While it is changed, it has another name. If something fails, all is taken back; where that fails too,
    /// no tree stands.
    /// </summary>
    /// <param name="change">Changes the tree.</param>
    /// <param name="stamps">Gets the stamps of the changed tree.</param>
    /// <param name="undo">Takes the change back.</param>
    /// <param name="recordOld">Writes down what the old tree is made of, which has other stamps after that.</param>
    /// <param name="key">The tree's build key.</param>
    /// <param name="layerOrder">For each place in the order of application, the layer's number in the manifest.</param>
    /// <param name="paths">The number of the tree's paths on disk, its root included.</param>
    /// <param name="outputs">Files that are complete under their temporary names.</param>
    /// <param name="archives">The archives among them, and those that stand.</param>
    /// <param name="lacks">The metadata that the tree lacks.</param>
    /// <param name="maker">The project that makes the tree.</param>
    /// <param name="record">Writes down what the tree is made of, once it has its name.</param>
    public void Change(
        Action<Stamps> change, Stamps stamps, Action undo, Action recordOld, string key, IReadOnlyList<int> layerOrder, long paths, IReadOnlyList<OutputFile> outputs, ArchiveWork archives,
        IReadOnlyList<string> lacks, TreeMaker? maker, Action record)
    {
        destination.RefuseMounts();
        StateContent old = state.Content;
        state.Write(old with { Key = null, Maker = maker });
        if (destination.Parent.Rename(destination.Name, destination.Parent, destination.AwayName) != 0)
        {
            OciException error = Error();
            TryWrite(old);
            throw error;
        }
        bool isBack = false, arePublished = false;
        try
        {
            change(stamps);
            context.ThrowIfCancelled();
            if (destination.Parent.Rename(destination.AwayName, destination.Parent, destination.Name) != 0)
                throw Error();
            isBack = true;
            foreach (OutputFile output in outputs)
            {
                arePublished = true;
                output.Publish();
            }
            TreeIdentity tree = Stand(stamps);
            record();
            state.Write(new StateContent(key, [tree], paths, layerOrder, archives.With(outputs)) { Boot = BootId.Current, TreeState = new TreeStateFile(destination).Standing(), Lacks = lacks, Maker = maker });
        }
        catch (Exception e)
        {
            TakeBack(undo, recordOld, isBack, e);
            // Some outputs may be new already. Then the next build makes all of them anew.
            TryWrite(arePublished ? old with { Key = null } : old with { TreeState = new TreeStateFile(destination).Standing() });
            throw;
        }
        // The build has succeeded. Nothing below can fail it.
        destination.Remains.TryRemove(context);
    }

    /// <summary>Takes the stamp of the root, which has its name now.</summary>
    public TreeIdentity Stand(Stamps stamps)
    {
        Linux.StatXResult root = destination.Parent.Stat(destination.Name) ?? throw DiskErrors.Changed(destination.Name);
        stamps.Set(Tree.PathTable.Root, Stamp.Of(root));
        return StateFile.Identity(root);
    }

    private void TakeBack(Action undo, Action recordOld, bool isBack, Exception why)
    {
        try
        {
            if (isBack && destination.Parent.Rename(destination.Name, destination.Parent, destination.AwayName) != 0)
                throw Error();
            undo();
            if (destination.Parent.Rename(destination.AwayName, destination.Parent, destination.Name) != 0)
                throw Error();
        }
        catch (Exception e) when (e is OciException or RefusedException)
        {
            new TreeStateFile(destination).Remove();
            destination.Remains.TryRemove(context);
            throw DiskErrors.NotTakenBack(destination.ShownPath, (e as OciException ?? ((RefusedException)e).ToError()).Message, why);
        }
        try
        {
            recordOld();
        }
        catch (OciException)
        {
            // The old tree stands all the same. The next change of the image extracts all of it.
            new TreeStateFile(destination).Remove();
        }
    }

    /// <summary>Puts the tree in place, or leaves everything as it was.</summary>
    private void PutInPlace(bool replaces)
    {
        if (replaces && TryExchange())
            return;
        // Without an exchange, the file system has no tree for a moment. The rename itself replaces an absent or empty destination.
        if (replaces && destination.Parent.Rename(destination.Name, destination.Parent, destination.AsideName) != 0)
            throw Error();
        if (destination.Parent.Rename(destination.StagingName, destination.Parent, destination.Name) == 0)
            return;
        OciException error = Error();
        if (replaces)
            _ = destination.Parent.Rename(destination.AsideName, destination.Parent, destination.Name);
        throw error;
    }

    /// <summary>
    /// A failure here only goes to the log: the caller reports the error that led here. A state file that names too many trees does no
    /// harm.
    /// </summary>
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

    /// <returns>False where the new tree stays, because the disk fails again. The state file must then go on naming it.</returns>
    private bool TakeBack(bool replaces)
    {
        if (replaces && TryExchange())
            return true;
        if (destination.Parent.Rename(destination.Name, destination.Parent, destination.StagingName) != 0)
            return false;
        if (replaces)
            _ = destination.Parent.Rename(destination.AsideName, destination.Parent, destination.Name);
        return true;
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
