using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Makes the tree that stands the new one, and can take all of it back. Nothing is deleted: what goes moves aside. New nodes are made aside
/// and moved in, so that no directory of the tree passes anything on to them, and no content is written into a file of the tree.
/// </summary>
/// <param name="old">The tree that stands.</param>
/// <param name="tree">The merged tree.</param>
/// <param name="difference">What has to be done.</param>
/// <param name="foreign">The names in the tree that nobody of ours has made, each with its directory.</param>
/// <param name="staging">The contents of new files. What goes moves to the place beside it.</param>
/// <param name="handles">The directories of the tree that stands.</param>
/// <param name="above">The directory that holds the tree.</param>
/// <param name="rootName">The name that the tree has there meanwhile.</param>
/// <param name="metadata">Sets owners, modes, attributes and times.</param>
/// <param name="mayEnterAll">Whether no mode keeps this process out of a directory.</param>
/// <param name="cancellation">Checked between any two paths.</param>
[SupportedOSPlatform("linux")]
internal sealed class TreeChange(
    StandingTree old, RootfsTree tree, TreeDifference difference, (IReadOnlyList<int> Directories, IReadOnlyList<byte[]> Names) foreign, StagingTree staging, TreeHandles handles,
    DirectoryHandle above, byte[] rootName, MetadataWriter metadata, bool mayEnterAll, CancellationToken cancellation)
{
    private const uint OwnerAll = 0b111_000_000; // 0700
    private const uint OwnerChange = 0b011_000_000; // 0300
    private const uint OwnerSearch = 0b001_000_000; // 0100

    private readonly PathTable _paths = tree.Paths;
    private readonly PathTable _oldPaths = old.Paths;
    private readonly ShownPath _shown = new(tree.Paths);
    private readonly StagedNodes _nodes = new(staging, metadata);
    private readonly DirectoryHandle _aside = staging.Aside;

    /// <summary>What was done, for <see cref="Undo"/>.</summary>
    private readonly List<Deed> _done = [];

    /// <summary>Directories, by old path, whose mode lets the engine in for now.</summary>
    private readonly HashSet<int> _opened = [];

    /// <summary>Directories, by old path, in which something was done, or whose metadata was set.</summary>
    private readonly HashSet<int> _reached = [];

    /// <summary>Directories, by old path, that go and have lost a path before.</summary>
    private readonly HashSet<int> _disturbed = [];

    private int _moves;

    private enum Did : byte
    {
        /// <summary>Moved a name of a directory aside.</summary>
        MovedAway,

        /// <summary>Moved something in.</summary>
        MovedIn,

        /// <summary>Gave a path more to a file that stands.</summary>
        Linked,

        /// <summary>Took a path from a file that has others.</summary>
        Unlinked,

        /// <summary>Changed a file's metadata, or let itself into a directory that is moved away.</summary>
        Changed,
    }

    /// <summary>Changes the tree.</summary>
    /// <param name="stamps">Gets the stamp of each path but the root, which is still to be moved.</param>
    public void Apply(Stamps stamps)
    {
        RemovePaths();
        MoveAway();
        Make();
        ChangeFiles();
        Finish(stamps);
    }

    /// <summary>Takes back all that <see cref="Apply"/> has done so far.</summary>
    /// <exception cref="OciException">The disk fails again.</exception>
    public void Undo()
    {
        LetInAgain();
        handles.ForgetAll();
        for (int i = _done.Count - 1; i >= 0; i--)
        {
            Deed deed = _done[i];
            switch (deed.Did)
            {
                case Did.MovedAway:
                    Move(_aside, AsideName(deed.Number), handles.Get(deed.Directory), deed.Name, deed.Directory);
                    handles.ForgetAll();
                    break;
                case Did.MovedIn:
                    Move(handles.Get(deed.Directory), deed.Name, _aside, AsideName(_moves++), deed.Directory);
                    handles.Remove(_oldPaths.Find(deed.Directory, deed.Name));
                    handles.ForgetAll();
                    break;
                case Did.Linked:
                    // Aside, the path would still be one of the file's, until a moment at which nobody takes its stamp any more.
                    if (handles.Get(deed.Directory).Unlink(deed.Name) != 0)
                        throw Error("removing a path of a file", deed.Directory);
                    break;
                case Did.Unlinked:
                    Link(deed.Number, deed.Directory, deed.Name);
                    break;
                default:
                    Restore(deed.Number);
                    break;
            }
        }
        for (int place = old.Count - 1; place >= 0; place--)
        {
            int path = difference.PathOf(old[place].Path);
            bool isTouched = _opened.Contains(old[place].Path) || _disturbed.Contains(old[place].Path) || (path != PathTable.None && difference.Stays(old[place].Path) && _reached.Contains(old[place].Path));
            if (isTouched && old[place].Inode.Kind == EntryKind.Directory && old[place].Drift != Drift.Gone)
                RestoreDirectory(place);
        }
    }

    private void RestoreDirectory(int place)
    {
        try
        {
            Restore(place);
        }
        catch (RefusedException) when (old[place].Drift == Drift.Changed)
        {
            // Somebody has taken the directory. It was not as we left it, and counts as changed in the next build too.
        }
    }

    private void RemovePaths()
    {
        for (int i = 0; i < difference.Unlinked.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int place = difference.Unlinked[i];
            int path = old[place].Path, directory = _oldPaths.Parent(path);
            LetIn(directory);
            if (handles.Get(directory).Unlink(_oldPaths.Name(path)) != 0)
                throw Error("removing a path of a file", path);
            _disturbed.Add(directory);
            _done.Add(new Deed(Did.Unlinked, directory, _oldPaths.Name(path).ToArray(), place));
        }
    }

    private void MoveAway()
    {
        for (int i = 0; i < difference.Removed.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ref StandingNode node = ref old[difference.Removed[i]];
            int directory = _oldPaths.Parent(node.Path);
            byte[] name = _oldPaths.Name(node.Path).ToArray();
            bool isDirectory = node.Inode.Kind == EntryKind.Directory;
            if (isDirectory)
                handles.ForgetAll();
            Deed? letIn = isDirectory && node.Drift != Drift.Gone ? new Deed(Did.Changed, directory, name, difference.Removed[i]) : null;
            if (!MoveAway(directory, name, letIn) && (node.Drift != Drift.Gone || Linux.Errno != Errno.NotFound))
                throw Error("moving an old path aside", node.Path);
        }
        for (int i = 0; i < foreign.Names.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            byte[] name = foreign.Names[i];
            if (difference.Stays(foreign.Directories[i]) && !MoveAway(foreign.Directories[i], name, letIn: null) && Linux.Errno != Errno.NotFound)
                throw DiskErrors.FromErrno(Linux.Errno, "moving a file that nobody of ours has made aside", name);
        }
    }

    /// <param name="directory">The directory that loses the name.</param>
    /// <param name="name">The name.</param>
    /// <param name="letIn">What is noted where the engine must let itself in; null where nobody wants to know.</param>
    /// <returns>False where that fails; errno tells why.</returns>
    private bool MoveAway(int directory, byte[] name, Deed? letIn)
    {
        LetIn(directory);
        DirectoryHandle from = handles.Get(directory);
        if (from.Rename(name, _aside, AsideName(_moves)) != 0)
        {
            // A directory that its owner can't write can't move to another one.
            if (Linux.Errno != Errno.AccessDenied || from.ChmodChild(name, OwnerAll) != 0)
                return false;
            if (letIn is not null)
                _done.Add(letIn);
            if (from.Rename(name, _aside, AsideName(_moves)) != 0)
                return false;
        }
        _done.Add(new Deed(Did.MovedAway, directory, name, _moves++));
        return true;
    }

    private void Make()
    {
        foreach (int path in tree.InOrder())
        {
            TreeDifference.Step step = difference.StepAt(path);
            if (step is TreeDifference.Step.None or TreeDifference.Step.Metadata)
                continue;
            cancellation.ThrowIfCancellationRequested();
            Inode inode = tree[path]!;
            int number = difference.Numbers[path], directory = _oldPaths.Parent(number);
            byte[] name = _paths.Name(path).ToArray();
            LetIn(directory);
            if (step == TreeDifference.Step.Link)
                MakeLink(difference.Numbers[difference.FirstPath(inode)], directory, name);
            else if (inode.Kind == EntryKind.File)
                PlaceFile(path, inode, directory, name);
            else
                MakeAside(path, inode, number, directory, name);
            _done.Add(new Deed(step == TreeDifference.Step.Link ? Did.Linked : Did.MovedIn, directory, name, 0));
        }
    }

    private void MakeLink(int existing, int directory, byte[] name)
    {
        LetIn(_oldPaths.Parent(existing));
        using DirectoryHandle from = handles.Get(_oldPaths.Parent(existing)).Hold();
        Link(from, _oldPaths.Name(existing), handles.Get(directory), name, directory);
    }

    private void PlaceFile(int path, Inode inode, int directory, byte[] name)
    {
        StagedContent content = staging.Find(inode.Content)!;
        NodeMetadata wanted = NodeMetadata.Of(inode);
        (DirectoryHandle from, byte[] fromName) = staging.Where(content);
        if (!wanted.SameAs(content.Written))
            metadata.ApplyAt(from, fromName, wanted, isNew: false, _shown.MoveTo(path));
        Move(from, fromName, handles.Get(directory), name, directory);
    }

    private void MakeAside(int path, Inode inode, int number, int directory, byte[] name)
    {
        byte[] made = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"made-{path}"));
        if (inode.Kind == EntryKind.Directory)
        {
            if (_aside.Mkdir(made, OwnerAll) != 0)
                throw DiskErrors.FromErrno(Linux.Errno, "making a directory", _shown.MoveTo(path));
            _ = _aside.ChmodChild(made, OwnerAll); // The umask may take the owner's own rights away.
            handles.Add(number, _aside.Stat(made)?.Inode ?? 0);
        }
        else
        {
            _nodes.Make(path, inode, _aside, made);
        }
        Move(_aside, made, handles.Get(directory), name, directory);
    }

    /// <summary>Gives files that stay their new metadata.</summary>
    private void ChangeFiles()
    {
        foreach (int path in tree.InOrder())
        {
            if (difference.StepAt(path) != TreeDifference.Step.Metadata || tree[path]!.Kind == EntryKind.Directory)
                continue;
            cancellation.ThrowIfCancellationRequested();
            int place = difference.PlaceOf(path), directory = _oldPaths.Parent(old[place].Path);
            LetIn(directory);
            _done.Add(new Deed(Did.Changed, directory, [], place));
            Change(handles.Get(directory), _paths.Name(path), old[place].Inode, tree[path]!, isDrifted: false, _shown.MoveTo(path));
        }
    }

    /// <summary>Sets the directories' metadata, deepest first, and takes the stamps of all that was touched before it may be closed.</summary>
    private void Finish(Stamps stamps)
    {
        IReadOnlyList<int> order = tree.InOrder();
        for (int i = order.Count - 1; i >= 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            int path = order[i];
            Inode inode = tree[path]!;
            if (!metadata.Policy.Makes(inode))
                continue;
            int place = difference.PlaceOf(path), number = difference.Numbers[path];
            bool isTouched = inode.Kind == EntryKind.Directory
                ? difference.IsTouched(path) || _opened.Contains(number)
                : difference.StepAt(path) != TreeDifference.Step.None || difference.IsChangedFile(inode);
            if (!isTouched)
            {
                stamps.Set(path, old[place].Stamp);
                continue;
            }
            if (path == PathTable.Root)
            {
                ChangeDirectory(above, rootName, place, inode, path);
                continue;
            }
            LetIn(_oldPaths.Parent(number));
            DirectoryHandle directory = handles.Get(_oldPaths.Parent(number));
            if (inode.Kind == EntryKind.Directory)
                ChangeDirectory(directory, _paths.Name(path), place, inode, path);
            stamps.Take(path, directory, _paths.Name(path));
        }
    }

    private void ChangeDirectory(DirectoryHandle parent, ReadOnlySpan<byte> name, int place, Inode inode, int path)
    {
        _reached.Add(difference.Numbers[path]);
        ReadOnlySpan<byte> shown = _shown.MoveTo(path);
        if (place < 0)
            metadata.ApplyAt(parent, name, NodeMetadata.Of(inode), isNew: false, shown);
        else
            Change(parent, name, old[place].Inode, inode, old[place].Drift == Drift.Changed, shown);
    }

    private void Change(DirectoryHandle directory, ReadOnlySpan<byte> name, Inode before, Inode now, bool isDrifted, ReadOnlySpan<byte> shown)
    {
        if (isDrifted)
            metadata.TakeBack(directory, name, shown);
        metadata.RemoveXattrs(directory, name, before, now, isDrifted, shown);
        metadata.ApplyAt(directory, name, NodeMetadata.Of(now), isNew: false, shown);
    }

    /// <summary>Gives an old node the metadata that it had.</summary>
    private void Restore(int place)
    {
        ref StandingNode node = ref old[place];
        int path = difference.PathOf(node.Path);
        Inode now = path == PathTable.None ? node.Inode : tree[path]!;
        byte[] shown = _oldPaths.Bytes(node.Path);
        DirectoryHandle directory = Above(node.Path, out ReadOnlySpan<byte> name);
        // What the new tree has, and the old one had not, goes again.
        metadata.RemoveXattrs(directory, name, now, node.Inode, isDrifted: false, shown);
        metadata.ApplyAt(directory, name, NodeMetadata.Of(node.Inode), isNew: false, shown);
    }

    /// <summary>Lets the engine into a directory whose mode keeps it out. Its metadata is set last, as that of each directory is.</summary>
    private void LetIn(int directory)
    {
        _reached.Add(directory);
        if (mayEnterAll || _opened.Contains(directory))
            return;
        for (int at = directory; ; at = _oldPaths.Parent(at))
        {
            bool keepsOut = !_opened.Contains(at) && KeepsOut(at, at == directory);
            if (keepsOut && at != PathTable.Root)
                LetIn(_oldPaths.Parent(at));
            if (keepsOut)
            {
                _opened.Add(at);
                if (Above(at, out ReadOnlySpan<byte> name).ChmodChild(name, OwnerAll) != 0)
                    throw Error("entering a directory", at);
            }
            if (at == PathTable.Root)
                break;
        }
    }

    /// <summary>Directories may have their final modes already.</summary>
    private void LetInAgain()
    {
        if (mayEnterAll)
            return;
        foreach (int path in tree.InOrder())
        {
            int number = difference.Numbers[path];
            // Where a directory is still to be made, something else may stand.
            bool isDirectory = tree[path]!.Kind == EntryKind.Directory && (difference.Stays(number) || handles.HasMade(number));
            if (!isDirectory || !(_reached.Contains(number) || _opened.Contains(number)))
                continue;
            try
            {
                // What was not made yet is not there.
                _ = Above(number, out ReadOnlySpan<byte> name).ChmodChild(name, OwnerAll);
            }
            catch (OciException e)
            {
                if (e.Code != DiskErrors.ChangedCode)
                    throw;
            }
        }
    }

    /// <summary>The directory that holds a path of the tree, and its name there.</summary>
    private DirectoryHandle Above(int path, out ReadOnlySpan<byte> name)
    {
        name = path == PathTable.Root ? rootName : _oldPaths.Name(path);
        return path == PathTable.Root ? above : handles.Get(_oldPaths.Parent(path));
    }

    private bool KeepsOut(int directory, bool isChanged)
    {
        int place = old.Find(directory);
        // The engine has made the directory, and its own mode lets it in.
        if (place < 0 || handles.HasMade(directory))
            return false;
        uint needed = isChanged ? OwnerChange : OwnerSearch;
        return old[place].Drift == Drift.Changed || (metadata.Policy.Modes && (metadata.Policy.Mode(EntryKind.Directory, old[place].Inode.Mode) & needed) != needed);
    }

    private void Link(int place, int directory, byte[] name)
    {
        Inode inode = old[place].Inode;
        for (int other = 0; other < old.Count; other++)
        {
            if (!ReferenceEquals(old[other].Inode, inode) || !difference.Stays(old[other].Path))
                continue;
            using DirectoryHandle from = handles.Get(_oldPaths.Parent(old[other].Path)).Hold();
            Link(from, _oldPaths.Name(old[other].Path), handles.Get(directory), name, directory);
            return;
        }
        throw DiskErrors.Changed(_oldPaths.Bytes(old[place].Path));
    }

    private void Link(DirectoryHandle from, ReadOnlySpan<byte> existing, DirectoryHandle to, ReadOnlySpan<byte> link, int directory)
    {
        if (from.Link(existing, to, link) != 0)
            throw StagedNodes.Error(Linux.Errno, "hardlinks", _oldPaths.Bytes(directory));
    }

    private void Move(DirectoryHandle from, ReadOnlySpan<byte> name, DirectoryHandle to, ReadOnlySpan<byte> newName, int directory)
    {
        if (from.Rename(name, to, newName) != 0)
            throw Error("moving a node", directory);
    }

    private static byte[] AsideName(int number) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"gone-{number}"));

    private OciException Error(string doing, int path) => DiskErrors.FromErrno(Linux.Errno, doing, _oldPaths.Bytes(path));

    /// <param name="Did">What was done.</param>
    /// <param name="Directory">In which directory, by old path.</param>
    /// <param name="Name">To which name in it.</param>
    /// <param name="Number">The number of the name aside, or the place of the old node.</param>
    private sealed record Deed(Did Did, int Directory, byte[] Name, int Number);
}
