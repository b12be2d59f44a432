using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.State;

/// <summary>
/// Removes the trees of a project's list that the project no longer asks for. The list only says where to look. A tree goes if its own
/// state file says that this project made it with this list, or if its state file is gone and the list names its directory.
/// </summary>
/// <param name="path">The list's absolute path.</param>
/// <param name="project">The project's absolute path.</param>
/// <param name="kept">The trees that the project asks for, with their other outputs.</param>
/// <param name="ofPlatform">The files that a build writes with the tree of a platform, of the files asked for and the platform's name.</param>
/// <param name="context">Log and cancellation.</param>
[SupportedOSPlatform("linux")]
internal sealed class UnwantedTrees(
    string path, string project, IReadOnlyList<RootfsRequest> kept, Func<IEnumerable<string>, string, IEnumerable<string>> ofPlatform, EngineContext context)
{
    private const int MostPathCharacters = 4096;

    private readonly string _directory = Path.GetDirectoryName(path)!;

    /// <returns>True when something was removed.</returns>
    public bool Remove()
    {
        TreeList list = TreeList.Read(path);
        List<ListedTree> left = [];
        bool removed = false;
        foreach (ListedTree tree in list.Trees)
        {
            if (IsKept(tree.Path))
                left.Add(tree);
            else if (IsProper(tree.Path))
                removed |= Remove(list, tree, left);
        }
        if (left.Count != list.Trees.Count)
            list.Write(left);
        return removed;
    }

    /// <summary>A tree of the list that would be removed; null for none.</summary>
    public string? Find()
    {
        TreeList list = TreeList.Read(path);
        foreach (ListedTree tree in list.Trees)
        {
            if (!IsKept(tree.Path) && IsProper(tree.Path) && !IsAroundOurs(tree.Path) && Directory.Exists(tree.Path))
                return tree.Path;
        }
        return null;
    }

    private bool Remove(TreeList list, ListedTree tree, List<ListedTree> left)
    {
        string shown = SafeText.Show(tree.Path);
        if (IsAroundOurs(tree.Path))
        {
            context.Log.Normal($"'{shown}' is no longer a tree of this project, and stays: it holds what the project still has.");
            left.Add(tree);
            return false;
        }
        try
        {
            TreeMaker? found = null;
            StateContent? state = OwnedTrees.Remove(tree.Path, name => Files(tree, ofPlatform(tree.Outputs, name)), context, list, content => IsOurs(found = content.Maker));
            if (state is null)
            {
                // Another project that shares the list may ask for it. A tree that somebody else made meanwhile is no longer ours to list.
                if (found?.List == path && !IsOurs(found))
                    left.Add(tree);
                return false;
            }
            OwnedTrees.TryRemoveFiles(state.FilesAmong(Files(tree, tree.Outputs)), context);
            if (Directory.Exists(tree.Path))
                left.Add(tree);
            else
                context.Log.Summary($"'{shown}' was removed: this project no longer asks for the tree that it made there.");
            return true;
        }
        catch (OciException e)
        {
            if (e.Code == DiskErrors.NotOursCode)
                return false;
            DiskErrors.WarnLeft(context.Log, shown, 1, e);
            left.Add(tree);
            return false;
        }
    }

    private bool IsOurs(TreeMaker? maker) => maker?.List == path && (maker.Project == project || !maker.IsStillAnother(project));

    /// <summary>
    /// The files that may go with a tree: those beside it and those beside the list. Whoever could make a state file or a list name them
    /// could delete them there himself. Files elsewhere stay, and so does what the project still writes.
    /// </summary>
    private List<string> Files(ListedTree tree, IEnumerable<string> outputs)
    {
        List<string> files = [];
        foreach (string file in outputs)
        {
            string? directory = Path.GetDirectoryName(file);
            if (directory is not null && (directory == Path.GetDirectoryName(tree.Path) || directory == _directory) && !IsWritten(file))
                files.Add(file);
        }
        return files;
    }

    /// <summary>True for an output of a kept tree, and for a name that it would have with a platform in it.</summary>
    private bool IsWritten(string file)
    {
        foreach (RootfsRequest request in kept)
        {
            foreach (RequestedOutput output in request.Outputs)
            {
                string extension = Path.GetExtension(output.Path);
                if (file == output.Path || (file.StartsWith(output.Path[..^extension.Length] + ".", StringComparison.Ordinal) && file.EndsWith(extension, StringComparison.Ordinal)))
                    return true;
            }
        }
        return false;
    }

    private bool IsKept(string tree)
    {
        foreach (RootfsRequest request in kept)
        {
            if (request.RootfsDirectory == tree)
                return true;
        }
        return false;
    }

    private static bool IsProper(string tree) =>
        tree.Length <= MostPathCharacters && tree.StartsWith('/') && !tree.Contains('\0', StringComparison.Ordinal) && Path.GetFullPath(tree) == tree;

    /// <summary>Whether the project, its list, or anything that it still asks for is inside the tree.</summary>
    private bool IsAroundOurs(string tree)
    {
        if (IsInside(tree, path) || IsInside(tree, project))
            return true;
        foreach (RootfsRequest request in kept)
        {
            if (request.RootfsDirectory is { } directory && IsInside(tree, directory))
                return true;
            foreach (RequestedOutput output in request.Outputs)
            {
                if (IsInside(tree, output.Path))
                    return true;
            }
        }
        return false;
    }

    private static bool IsInside(string tree, string path) => path.Length > tree.Length && path[tree.Length] == '/' && path.StartsWith(tree, StringComparison.Ordinal);
}
