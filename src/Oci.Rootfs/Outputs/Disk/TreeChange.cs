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
/// <param name="mayChangeAll">Whether no mode keeps this process from changing a directory.</param>
/// <param name="cancellation">Checked between any two paths.</param>
/// <remarks>
/// While the tree is changed, its root is closed to others: directories still have their old modes, and files have their new ones. Somebody
/// may have a directory of the tree open all the same, and move names in it that is his. So a node that stays or was made is checked once more
/// before anything is set on it, all of it is set through the handle that was checked, and only such nodes get a stamp.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class TreeChange(
    StandingTree old, RootfsTree tree, TreeDifference difference, (IReadOnlyList<int> Directories, IReadOnlyList<byte[]> Names) foreign, StagingTree staging, TreeHandles handles,
    DirectoryHandle above, byte[] rootName, MetadataWriter metadata, bool mayChangeAll, CancellationToken cancellation)
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

    /// <summary>By standing inode: its stamp after what was done to it last.</summary>
    private readonly Dictionary<Inode, Stamp> _stamps = new(ReferenceEqualityComparer.Instance);

    /// <summary>By new inode: the number of the node that was made.</summary>
    private readonly Dictionary<Inode, ulong> _made = new(ReferenceEqualityComparer.Instance);

    /// <summary>Places of nodes that were moved aside.</summary>
    private readonly HashSet<int> _movedAway = [];

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
        CloseRoot();
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
        Dictionary<Inode, int> remaining = _done.Exists(static deed => deed.Did == Did.Unlinked) ? Remaining() : [];
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
                    if (!remaining.TryGetValue(old[deed.Number].Inode, out int place))
                        throw DiskErrors.Changed(_oldPaths.Bytes(old[deed.Number].Path));
                    MakeLink(old[place].Path, deed.Directory, deed.Name);
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

    /// <summary>Whether a node that stands again was changed, moved or linked in between, so that it has another stamp.</summary>
    public bool HasTouched(int place) =>
        old[place].Inode.Kind == EntryKind.Directory || _stamps.ContainsKey(old[place].Inode) || _movedAway.Contains(place);

    private void CloseRoot()
    {
        _opened.Add(PathTable.Root);
        if (above.ChmodChild(rootName, OwnerAll) != 0 && metadata.Policy.Modes)
            throw Error("closing the tree while it is changed", PathTable.Root);
    }

    private void RemovePaths()
    {
        for (int i = 0; i < difference.Unlinked.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int place = difference.Unlinked[i];
            int path = old[place].Path, directory = _oldPaths.Parent(path);
            LetIn(directory);
            using (Node node = Open(handles.Get(directory), _oldPaths.Name(path), place))
            {
                if (handles.Get(directory).Unlink(_oldPaths.Name(path)) != 0)
                    throw Error("removing a path of a file", path);
                _disturbed.Add(directory);
                _done.Add(new Deed(Did.Unlinked, directory, _oldPaths.Name(path).ToArray(), place));
                _stamps[old[place].Inode] = node.Stamp();
            }
        }
    }

    private void MoveAway()
    {
        // Nothing below a directory that goes is opened from here on.
        handles.ForgetAll();
        for (int i = 0; i < difference.Removed.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ref StandingNode node = ref old[difference.Removed[i]];
            int directory = _oldPaths.Parent(node.Path);
            byte[] name = _oldPaths.Name(node.Path).ToArray();
            bool isDirectory = node.Inode.Kind == EntryKind.Directory;
            _movedAway.Add(difference.Removed[i]);
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
                MakeLink(difference.FirstPath(inode), inode, directory, name);
            else if (inode.Kind == EntryKind.File)
                PlaceFile(path, inode, directory, name);
            else
                MakeAside(path, inode, number, directory, name);
            if (step != TreeDifference.Step.Link)
                _done.Add(new Deed(Did.MovedIn, directory, name, 0));
        }
    }

    private void MakeLink(int first, Inode inode, int directory, byte[] name)
    {
        int existing = difference.Numbers[first], place = difference.PlaceOf(first);
        LetIn(_oldPaths.Parent(existing));
        if (place < 0)
        {
            MakeLink(existing, directory, name);
            _done.Add(new Deed(Did.Linked, directory, name, 0));
            _ = Stat(handles.Get(directory), name, _made[inode], first);
            return;
        }
        using Node node = Open(handles.Get(_oldPaths.Parent(existing)), _oldPaths.Name(existing), place);
        MakeLink(existing, directory, name);
        _done.Add(new Deed(Did.Linked, directory, name, 0));
        _stamps[old[place].Inode] = node.Stamp();
        _ = Stat(handles.Get(directory), name, old[place].Stamp.Inode, first);
    }

    private void MakeLink(int existing, int directory, byte[] name)
    {
        using DirectoryHandle from = handles.Get(_oldPaths.Parent(existing)).Hold();
        if (from.Link(_oldPaths.Name(existing), handles.Get(directory), name) != 0)
            throw StagedNodes.Error(Linux.Errno, "hardlinks", _oldPaths.Bytes(directory));
    }

    private void PlaceFile(int path, Inode inode, int directory, byte[] name)
    {
        StagedContent content = staging.Find(inode.Content)!;
        NodeMetadata wanted = NodeMetadata.Of(inode);
        (DirectoryHandle from, byte[] fromName) = staging.Where(content);
        if (!wanted.SameAs(content.Written))
            metadata.ApplyAt(from, fromName, wanted, isNew: false, _shown.MoveTo(path));
        _made[inode] = from.Stat(fromName)?.Inode ?? 0;
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
            _made[inode] = _aside.Stat(made)?.Inode ?? 0;
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
            using Node node = Open(handles.Get(directory), _paths.Name(path), place);
            _done.Add(new Deed(Did.Changed, directory, [], place));
            metadata.Change(node.Fd, old[place].Inode, tree[path]!, isDrifted: false, _shown.MoveTo(path));
            _stamps[old[place].Inode] = node.Stamp();
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
                stamps.Set(path, old[place].Stamp);
            else if (path == PathTable.Root)
                ChangeDirectory(above, rootName, place, inode, path);
            else
                FinishTouched(path, place, inode, stamps);
            // Whatever sets a time has warned of it.
            bool isSet = place < 0 || (inode.Kind == EntryKind.Directory ? isTouched : difference.StepAt(path) == TreeDifference.Step.Metadata);
            if (!isSet && (inode.Links == 1 || inode.Kind == EntryKind.Directory || difference.FirstPath(inode) == path))
                metadata.WarnOfTime(inode.Mtime, () => _paths.Bytes(path));
        }
    }

    private void FinishTouched(int path, int place, Inode inode, Stamps stamps)
    {
        int number = difference.Numbers[path], parent = _oldPaths.Parent(number);
        LetIn(parent);
        DirectoryHandle directory = handles.Get(parent);
        if (inode.Kind == EntryKind.Directory)
            ChangeDirectory(directory, _paths.Name(path), place, inode, path);
        // A new path may be one of a file that stands.
        if (inode.Links > 1 && inode.Kind != EntryKind.Directory)
            place = difference.PlaceOf(difference.FirstPath(inode));
        ulong expected = inode.Kind == EntryKind.Directory ? handles.Expected(number) : place < 0 ? _made[inode] : old[place].Stamp.Inode;
        Linux.StatXResult node = Stat(directory, _paths.Name(path), expected, path);
        if (inode.Kind != EntryKind.Directory && place >= 0 && !IsAsLeft(place, node))
            throw DiskErrors.Changed(_paths.Bytes(path));
        stamps.Set(path, Stamp.Of(node));
    }

    private void ChangeDirectory(DirectoryHandle parent, ReadOnlySpan<byte> name, int place, Inode inode, int path)
    {
        _reached.Add(difference.Numbers[path]);
        ReadOnlySpan<byte> shown = _shown.MoveTo(path);
        using Node node = Open(parent, name, EntryKind.Directory, handles.Expected(difference.Numbers[path]), shown);
        metadata.Change(node.Fd, place < 0 ? inode : old[place].Inode, inode, place >= 0 && old[place].Drift == Drift.Changed, shown);
    }

    /// <summary>Gives an old node the metadata that it had.</summary>
    private void Restore(int place)
    {
        ref StandingNode node = ref old[place];
        int path = difference.PathOf(node.Path);
        Inode now = path == PathTable.None ? node.Inode : tree[path]!;
        byte[] shown = _oldPaths.Bytes(node.Path);
        DirectoryHandle directory = Above(node.Path, out ReadOnlySpan<byte> name);
        // It may have been changed half-way, so that its stamp is unknown.
        using Node standing = Open(directory, name, node.Inode.Kind, node.Stamp.Inode, shown);
        // What the new tree has, and the old one had not, goes again.
        metadata.Change(standing.Fd, now, node.Inode, isDrifted: false, shown);
        _stamps[node.Inode] = standing.Stamp();
    }

    /// <summary>Opens a file that stays, if it is as it was left by the last build, or by what was done to it since.</summary>
    private Node Open(DirectoryHandle directory, ReadOnlySpan<byte> name, int place)
    {
        Inode inode = old[place].Inode;
        byte[] shown = _oldPaths.Bytes(old[place].Path);
        Node node = Open(directory, name, inode.Kind, old[place].Stamp.Inode, shown);
        if (IsAsLeft(place, node.Found))
            return node;
        node.Dispose();
        throw DiskErrors.Changed(shown);
    }

    /// <summary>A file system of a program (FUSE) may not say what a node is like that has lost a path.</summary>
    private bool IsAsLeft(int place, in Linux.StatXResult node) =>
        !handles.KeepsInodes || _stamps.GetValueOrDefault(old[place].Inode, old[place].Stamp).IsOf(node, keepsInodes: true);

    /// <summary>Opens a node without following a link, if it is the one that is expected.</summary>
    private Node Open(DirectoryHandle directory, ReadOnlySpan<byte> name, EntryKind kind, ulong inode, ReadOnlySpan<byte> shown)
    {
        int fd = directory.OpenFile(name, Linux.OPath);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "opening", shown);
        if (DirectoryHandle.StatFile(fd) is { } found && (found.Mode & Linux.FileTypeMask) == DriftCheck.TypeOf(kind) && (!handles.KeepsInodes || found.Inode == inode))
            return new Node(fd, found);
        _ = Linux.Close(fd);
        throw DiskErrors.Changed(shown);
    }

    private Linux.StatXResult Stat(DirectoryHandle directory, ReadOnlySpan<byte> name, ulong inode, int path) =>
        directory.Stat(name) is { } node && (!handles.KeepsInodes || node.Inode == inode) ? node : throw DiskErrors.Changed(_paths.Bytes(path));

    /// <summary>Lets the engine into a directory whose mode keeps it out. Its metadata is set last, as that of each directory is.</summary>
    private void LetIn(int directory)
    {
        _reached.Add(directory);
        if (mayChangeAll || _opened.Contains(directory))
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
        if (mayChangeAll)
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

    /// <summary>By inode: the place of a path that it still has.</summary>
    private Dictionary<Inode, int> Remaining()
    {
        Dictionary<Inode, int> remaining = new(ReferenceEqualityComparer.Instance);
        for (int place = 0; place < old.Count; place++)
        {
            if (old[place].Inode.Links > 1 && difference.Stays(old[place].Path))
                remaining.TryAdd(old[place].Inode, place);
        }
        return remaining;
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

    /// <param name="fd">A handle that was opened with <c>O_PATH</c>.</param>
    /// <param name="found">What the node was like then.</param>
    private readonly struct Node(int fd, Linux.StatXResult found) : IDisposable
    {
        public int Fd => fd;

        public Linux.StatXResult Found => found;

        /// <summary>The node's stamp now.</summary>
        public Stamp Stamp() => DirectoryHandle.StatFile(fd) is { } node ? Disk.Stamp.Of(node) : default;

        public void Dispose() => _ = Linux.Close(fd);
    }
}
