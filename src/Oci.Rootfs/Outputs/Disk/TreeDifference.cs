using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// What has to be done to the tree that stands so that it is the new one. It does nothing itself, and asks the disk nothing. An inode stays
/// where it has one of its paths in both trees, its content, and nobody has touched it.
/// </summary>
internal sealed class TreeDifference
{
    private readonly StandingTree _old;
    private readonly RootfsTree _tree;
    private readonly OwnershipPolicy _policy;
    private readonly Func<int, ContentRef, bool> _isSameContent;
    private readonly Func<int, bool> _mayStay;

    /// <summary>By path of the new tree: what is done there.</summary>
    private readonly PathMap<Step> _steps;

    /// <summary>By path of the standing tree: whether its node stays.</summary>
    private readonly PathMap<bool> _stays;

    /// <summary>By path of the standing tree: 1 + the path of the new tree.</summary>
    private readonly PathMap<int> _pathOf;

    /// <summary>By path of the new tree: how its record differs.</summary>
    private readonly PathMap<RecordChange> _changes;

    /// <summary>Directories that get their metadata again, by path of the new tree.</summary>
    private readonly PathMap<bool> _touched;

    /// <summary>Inodes with several paths: which old one is which new one, and the path of the new tree at which it stands.</summary>
    private readonly Dictionary<Inode, Inode> _newOf = new(ReferenceEqualityComparer.Instance), _oldOf = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Inode, int> _firstPath = new(ReferenceEqualityComparer.Instance);

    /// <summary>Inodes with several paths that lose or get a path, or other metadata: they have another stamp afterwards.</summary>
    private readonly HashSet<Inode> _changedFiles = new(ReferenceEqualityComparer.Instance);

    /// <param name="old">The tree that stands, with what was found out about it.</param>
    /// <param name="tree">The merged tree.</param>
    /// <param name="numbers">By path of the new tree: its number among the paths of <paramref name="old"/>.</param>
    /// <param name="policy">What the disk has, in both trees.</param>
    /// <param name="isSameContent">Whether the file at a place of the standing tree has a content of the new one.</param>
    /// <param name="mayStay">False for the place of a file that must be made anew although it is right.</param>
    [SupportedOSPlatform("linux")]
    public TreeDifference(
        StandingTree old, RootfsTree tree, PathMap<int> numbers, OwnershipPolicy policy, Func<int, ContentRef, bool> isSameContent, Func<int, bool> mayStay)
    {
        (_old, _tree, Numbers, _policy, _isSameContent, _mayStay) = (old, tree, numbers, policy, isSameContent, mayStay);
        _steps = new PathMap<Step>(tree.Paths);
        _stays = new PathMap<bool>(old.Paths);
        _touched = new PathMap<bool>(tree.Paths);
        _pathOf = new PathMap<int>(old.Paths);
        _changes = new PathMap<RecordChange>(tree.Paths);
        Match();
        Find();
        Compare();
    }

    /// <summary>What is done at a path of the new tree.</summary>
    internal enum Step : byte
    {
        /// <summary>The node stays, or none is made.</summary>
        None,

        /// <summary>The node stays and gets other metadata.</summary>
        Metadata,

        /// <summary>A new node is made.</summary>
        Make,

        /// <summary>A further path of a node that stands or was made.</summary>
        Link,
    }

    /// <summary>By path of the new tree: its number among the paths of the old one.</summary>
    public PathMap<int> Numbers { get; }

    /// <summary>The places in the standing tree of what goes: the topmost only, with everything below.</summary>
    public Paged<int> Removed { get; } = new();

    /// <summary>
    /// The places of further paths of files that stay. They go before anything else, because the loss of a path changes a file's stamp.
    /// </summary>
    public Paged<int> Unlinked { get; } = new();

    /// <summary>The contents of files that are made: they must come from somewhere.</summary>
    public Paged<ContentRef> Needed { get; } = new();

    /// <summary>How the record of the new tree differs from that of the old one.</summary>
    public int Added { get; private set; }

    public int Changed { get; private set; }

    public int Deleted { get; private set; }

    public Step StepAt(int path) => _steps[path];

    /// <summary>Whether a directory of the new tree gets its metadata, again or for the first time.</summary>
    public bool IsTouched(int path) => _touched[path];

    /// <summary>The path at which a node with several paths stands or is made first.</summary>
    public int FirstPath(Inode inode) => _firstPath[inode];

    /// <summary>The place of the standing node that stays at a path of the new tree; -1 for none.</summary>
    public int PlaceOf(int path)
    {
        int place = _old.Find(Numbers[path]);
        return place >= 0 && _stays[_old[place].Path] ? place : -1;
    }

    /// <summary>Whether a standing file gets other metadata, or loses or gets a path.</summary>
    public bool IsChangedFile(Inode inode) => _changedFiles.Contains(inode);

    /// <summary>The difference of the two records at a path of the new tree.</summary>
    public RecordChange ChangeAt(int path) => _changes[path];

    /// <summary>Whether the record has no node any more at a path of the old tree.</summary>
    public bool IsDeleted(int oldPath) => _pathOf[oldPath] == 0;

    [SupportedOSPlatform("linux")]
    private bool IsMade(Inode inode) => _policy.Makes(inode);

    /// <summary>Pairs the inodes that stay.</summary>
    [SupportedOSPlatform("linux")]
    private void Match()
    {
        foreach (int path in _tree.InOrder())
        {
            Inode inode = _tree[path]!;
            int place = _old.Find(Numbers[path]);
            if (place < 0 || !IsMade(inode))
                continue;
            ref StandingNode node = ref _old[place];
            // The root always stays: whoever finds it changed for good makes the whole tree anew.
            if (!node.Stamp.IsSet || (node.Drift == Drift.Gone && path != PathTable.Root) || (node.Drift == Drift.Changed && inode.Kind != EntryKind.Directory) || !MayStay(place, inode))
                continue;
            if (inode.Links > 1 || node.Inode.Links > 1)
            {
                bool isFree = !_newOf.TryGetValue(node.Inode, out Inode? asNew) && !_oldOf.ContainsKey(inode);
                if (isFree)
                {
                    _newOf.Add(node.Inode, inode);
                    _oldOf.Add(inode, node.Inode);
                    _firstPath.Add(inode, path);
                }
                else if (asNew != inode)
                {
                    continue;
                }
            }
            _stays.At(node.Path) = true;
        }
    }

    [SupportedOSPlatform("linux")]
    private bool MayStay(int place, Inode inode)
    {
        Inode old = _old[place].Inode;
        if (!DiskView.IsSameThing(old, inode))
            return false;
        return inode.Kind switch
        {
            EntryKind.Directory => true,
            // Where no mode can be set, a file has the one that it was made with.
            EntryKind.File => _mayStay(place) && (_policy.Modes || old.Mode == inode.Mode) && _isSameContent(place, inode.Content),
            // They are cheap to make, and a symlink's metadata can't all be taken away.
            _ => DiskView.HaveSameMetadata(old, inode, _policy),
        };
    }

    /// <summary>Finds what is done at each path.</summary>
    [SupportedOSPlatform("linux")]
    private void Find()
    {
        foreach (int path in _tree.InOrder())
        {
            Inode inode = _tree[path]!;
            if (!IsMade(inode))
                continue;
            int place = _old.Find(Numbers[path]);
            if (place >= 0 && _stays[_old[place].Path])
            {
                FindKept(path, inode, _old[place]);
                continue;
            }
            bool isFirst = inode.Links == 1 || _firstPath.TryAdd(inode, path);
            _steps.At(path) = isFirst ? Step.Make : Step.Link;
            if (inode.Links > 1)
                _changedFiles.Add(inode);
            if (isFirst && inode.Kind == EntryKind.File)
                Needed.Add(inode.Content);
            if (inode.Kind == EntryKind.Directory)
                _touched.At(path) = true;
            Touch(_tree.Paths.Parent(path));
        }
        FindRemoved();
    }

    [SupportedOSPlatform("linux")]
    private void FindKept(int path, Inode inode, in StandingNode node)
    {
        bool isRight = node.Drift == Drift.None && DiskView.HaveSameMetadata(node.Inode, inode, _policy);
        if (isRight || (inode.Links > 1 && _firstPath[inode] != path))
            return;
        _steps.At(path) = Step.Metadata;
        _changedFiles.Add(inode);
        if (inode.Kind == EntryKind.Directory)
            _touched.At(path) = true;
    }

    private void Touch(int directory)
    {
        if (_tree[directory] is { Kind: EntryKind.Directory })
            _touched.At(directory) = true;
    }

    /// <summary>Finds what goes, and the directories that lose it.</summary>
    private void FindRemoved()
    {
        foreach (int path in _tree.InOrder())
            _pathOf.At(Numbers[path]) = path + 1;
        for (int place = 1; place < _old.Count; place++)
        {
            ref StandingNode node = ref _old[place];
            int parent = _old.Paths.Parent(node.Path);
            if (!node.Stamp.IsSet || _stays[node.Path])
                continue;
            if (node.Drift != Drift.Gone && _newOf.TryGetValue(node.Inode, out Inode? stays))
            {
                Unlinked.Add(place);
                _changedFiles.Add(stays);
            }
            else if (_stays[parent])
                Removed.Add(place);
            else
                continue; // With a directory goes all that is in it.
            if (_pathOf[parent] > 0 && _stays[parent])
                Touch(_pathOf[parent] - 1);
        }
    }

    /// <summary>The path of the new tree with this number among the old one's; <see cref="PathTable.None"/> where it has none.</summary>
    public int PathOf(int oldPath) => _pathOf[oldPath] - 1;

    /// <summary>Whether a directory stands that both trees have.</summary>
    public bool Stays(int oldPath) => _stays[oldPath];

    /// <summary>Compares the records.</summary>
    private void Compare()
    {
        Dictionary<Inode, int> leaders = new(ReferenceEqualityComparer.Instance), oldLeaders = new(ReferenceEqualityComparer.Instance);
        for (int place = 0; place < _old.Count; place++)
        {
            if (_old[place].Inode.Links > 1)
                oldLeaders.TryAdd(_old[place].Inode, _old[place].Path);
        }
        foreach (int path in _tree.InOrder())
        {
            Inode inode = _tree[path]!;
            int number = Numbers[path];
            if (inode.Links > 1)
                leaders.TryAdd(inode, number);
            int place = _old.Find(number);
            if (place < 0)
            {
                _changes.At(path) = RecordChange.Added;
                Added++;
                continue;
            }
            Inode old = _old[place].Inode;
            bool isSame = DiskView.IsSameInRecord(old, inode) && old.Links == inode.Links && (inode.Links == 1 || leaders[inode] == oldLeaders[old])
                && (inode.Kind != EntryKind.File || _isSameContent(place, inode.Content));
            if (isSame)
                continue;
            _changes.At(path) = RecordChange.Changed;
            Changed++;
        }
        for (int place = 0; place < _old.Count; place++)
        {
            if (IsDeleted(_old[place].Path))
                Deleted++;
        }
    }
}

/// <summary>How the record of a tree differs at a path from that of another.</summary>
internal enum RecordChange : byte
{
    None,
    Added,
    Changed,
}
