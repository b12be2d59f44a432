using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>
/// Takes over a directory that is not the one that the state file names, but an exact copy of it: a cache of a CI system has restored it, or
/// somebody has copied it with the files beside it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeAdoption(Destination destination, StateFile state, EngineContext context)
{
    /// <summary>What a copy would not have; null where nothing was compared.</summary>
    public string? Differences { get; private set; }

    /// <returns>True where the directory is ours now.</returns>
    public bool TryAdopt()
    {
        StateContent mark = state.Content;
        if (mark.Key is not { } key || destination.Parent.Stat(destination.Name) is not { IsDirectory: true } standing || state.Owns(standing))
            return false;
        if (mark.HoldsTrees)
            return TryAdoptTrees(mark, standing);
        TreeStateFile file = new(destination);
        if (file.Read(key, context) is not { } old || OwnershipPolicy.OfForm(old.Form) is not { } policy || old.Tree.Count == 0)
            return false;
        using DirectoryHandle? root = destination.Parent.OpenChildPath(destination.Name);
        if (root is null)
            return false;
        try
        {
            using CopyCheck check = new(old.Tree, policy, root, context.Cancellation);
            check.Run();
            Differences = check.Differences;
            if (Differences is not null)
                return false;
            using TreeHandles handles = new(old.Tree, root.Hold(), keepsInodes: false);
            MetadataWriter metadata = new(policy, context.Log);
            foreach (int place in check.Rounded)
                SetTime(metadata, handles, old.Tree[place]);
            Stamps stamps = new(old.Tree.Paths);
            for (int place = 1; place < old.Tree.Count; place++)
            {
                ref StandingNode node = ref old.Tree[place];
                if (node.Stamp.IsSet)
                    stamps.Take(node.Path, handles.Get(old.Tree.Paths.Parent(node.Path)), old.Tree.Paths.Name(node.Path));
            }
            TreeIdentity identity = new Publisher(destination, state, context).Stand(stamps);
            file.Write(old with { KeepsInodes = !Linux.IsFuse(root.Fd) }, old.Tree.ToTree(context), stamps, context);
            state.Write(mark with { Trees = [identity], Boot = BootId.Current, TreeState = file.Standing() });
        }
        catch (Exception e) when (e is OciException or RefusedException)
        {
            Differences = (e as RefusedException)?.Why;
            context.Log.Detail($"'{destination.ShownPath}' can't be compared with the tree that it may be a copy of: {(e as RefusedException)?.Why ?? e.Message}");
            return false;
        }
        context.Log.Normal($"'{destination.ShownPath}' is an exact copy of a tree of this package, and is used from now on.");
        return true;
    }

    /// <summary>A directory of trees is a copy if each tree in it is one, and if nothing else is in it but what is kept of them.</summary>
    private bool TryAdoptTrees(StateContent mark, in Linux.StatXResult standing)
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (string name in OwnedTrees.NamesWithin(destination.ShownPath))
        {
            // No tree has such a name, and the path would lead elsewhere.
            if (name is "." or "..")
                return false;
            known.UnionWith([name, $".{name}.oci", $".{name}.oci-state"]);
            using Destination? tree = Destination.Open(Path.Combine(destination.ShownPath, name), create: false);
            using StateFile? kept = tree?.AcquireState(create: false, context);
            if (kept is null || tree!.Parent.Stat(tree.Name) is not { } directory)
                return false;
            TreeAdoption adoption = new(tree, kept, context);
            if (kept.Owns(directory) || adoption.TryAdopt())
                continue;
            Differences = adoption.Differences is null ? null : $"'{name}' with {adoption.Differences}";
            return false;
        }
        foreach (string entry in Directory.EnumerateFileSystemEntries(destination.ShownPath))
        {
            if (known.Contains(Path.GetFileName(entry)))
                continue;
            Differences = $"'{Text.SafeText.Show(Path.GetFileName(entry))}' added";
            return false;
        }
        state.Write(mark with { Trees = [StateFile.Identity(standing)] });
        return true;
    }

    private void SetTime(MetadataWriter metadata, TreeHandles handles, in StandingNode node)
    {
        Tree.PathTable paths = handles.Paths;
        bool isRoot = node.Path == Tree.PathTable.Root;
        metadata.ApplyTime(isRoot ? destination.Parent : handles.Get(paths.Parent(node.Path)), isRoot ? destination.Name : paths.Name(node.Path), node.Inode.Mtime, paths.Bytes(node.Path));
    }
}
