using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Looks at every node of a tree that stands, and finds what is no longer as the engine left it: by inode, time of change and size, and in a
/// directory that was changed by its names. It changes nothing.
/// </summary>
/// <param name="tree">The tree. Its nodes get what was found.</param>
/// <param name="handles">Its directories.</param>
/// <param name="root">Its root.</param>
/// <param name="keepsInodes">Whether inode numbers tell nodes apart.</param>
/// <param name="mayEnterAll">Whether no mode keeps this process out of a directory.</param>
/// <param name="cancellation">Checked at each node.</param>
[SupportedOSPlatform("linux")]
internal sealed class DriftCheck(StandingTree tree, TreeHandles handles, DirectoryHandle root, bool keepsInodes, bool mayEnterAll, CancellationToken cancellation)
{
    private const uint OwnerSearch = 0b001_000_000; // 0100
    private const int MostNamed = 3;

    private readonly List<string> _named = [];
    private readonly List<int> _foreignIn = [];
    private readonly List<byte[]> _foreignNames = [];

    /// <summary>By place: a directory that can't be entered, and was not changed. Nobody else has entered it either.</summary>
    private readonly HashSet<int> _closed = [];

    /// <summary>The number of paths that are not as they were left.</summary>
    public int Count { get; private set; }

    /// <summary>The first few of them, each with what became of it.</summary>
    public string Named => string.Join(", ", _named);

    /// <summary>The names that somebody has added: each with its directory, by path of the tree.</summary>
    public (IReadOnlyList<int> Directories, IReadOnlyList<byte[]> Names) Foreign => (_foreignIn, _foreignNames);

    public void Run()
    {
        ulong device = root.StatSelf()?.Device ?? 0;
        for (int place = 0; place < tree.Count; place++)
        {
            cancellation.ThrowIfCancellationRequested();
            ref StandingNode node = ref tree[place];
            if (!node.Stamp.IsSet)
                continue;
            if (place == 0)
            {
                CheckRoot(ref node);
                continue;
            }
            int parent = tree.Find(tree.Paths.Parent(node.Path));
            if (tree[parent].Drift == Drift.Gone)
                node.Drift = Drift.Gone;
            else if (_closed.Contains(parent))
                Close(place, node);
            else if (node.Inode.Kind == EntryKind.Directory)
                CheckDirectory(place, ref node, device);
            else
                CheckNode(ref node, device);
        }
        SpreadOverLinks();
    }

    /// <summary>Counts files whose bytes turned out to be wrong, although nothing else of them has changed.</summary>
    /// <param name="places">Their places.</param>
    public void Spoil(IReadOnlyList<int> places)
    {
        foreach (int place in places)
        {
            if (tree[place].Drift == Drift.None)
                Name(tree[place].Path, "changed");
            tree[place].Drift = Drift.Gone;
        }
        SpreadOverLinks();
    }

    private void CheckRoot(ref StandingNode node)
    {
        if (root.StatSelf() is not { } stat)
            throw DiskErrors.Changed([]);
        if (IsClosed(stat) && node.Stamp.IsOf(stat, keepsInodes))
            _closed.Add(0);
        else if (!node.Stamp.IsOf(stat, keepsInodes))
            Changed(ref node, stat, root, "."u8);
    }

    private void Close(int place, in StandingNode node)
    {
        if (node.Inode.Kind == EntryKind.Directory)
            _closed.Add(place);
    }

    private void CheckNode(ref StandingNode node, ulong device)
    {
        Linux.StatXResult? found = handles.Get(tree.Paths.Parent(node.Path)).Stat(tree.Paths.Name(node.Path));
        if (found is { } stat && node.Stamp.IsOf(stat, keepsInodes) && stat.Device == device && (stat.Mode & Linux.FileTypeMask) == TypeOf(node.Inode.Kind)
            && stat.Links == (uint)node.Inode.Links && (node.Inode.Kind != EntryKind.File || stat.Size == (ulong)node.Inode.Size))
            return;
        node.Drift = Drift.Gone;
        Name(node.Path, found is not { } other ? "missing" : keepsInodes && other.Inode != node.Stamp.Inode ? "replaced" : "changed");
    }

    private void CheckDirectory(int place, ref StandingNode node, ulong device)
    {
        DirectoryHandle directory;
        try
        {
            directory = handles.Get(node.Path);
        }
        catch (OciException e)
        {
            if (e.Code != DiskErrors.ChangedCode)
                throw;
            node.Drift = Drift.Gone;
            Name(node.Path, handles.Get(tree.Paths.Parent(node.Path)).Stat(tree.Paths.Name(node.Path)) is null ? "missing" : "replaced");
            return;
        }
        Linux.StatXResult stat = handles.LastOpened;
        if (stat.Device != device)
        {
            node.Drift = Drift.Gone;
            Name(node.Path, "replaced");
        }
        else if (node.Stamp.IsOf(stat, keepsInodes))
        {
            if (IsClosed(stat))
                _closed.Add(place);
        }
        else
        {
            Changed(ref node, stat, handles.Get(tree.Paths.Parent(node.Path)), tree.Paths.Name(node.Path));
        }
    }

    /// <summary>A directory of ours that was changed stays, if its names can be read.</summary>
    private void Changed(ref StandingNode node, in Linux.StatXResult stat, DirectoryHandle parent, ReadOnlySpan<byte> name)
    {
        node.Drift = Drift.Changed;
        using DirectoryHandle? directory = IsClosed(stat) ? null : parent.OpenChild(name);
        if (directory?.StatSelf() is { } opened && opened.Inode == stat.Inode)
        {
            int before = _foreignNames.Count;
            FindForeign(node.Path, directory);
            if (_foreignNames.Count == before)
                Name(node.Path, "changed");
            return;
        }
        node.Drift = Drift.Gone;
        Name(node.Path, "changed");
    }

    private void FindForeign(int path, DirectoryHandle directory)
    {
        byte[] buffer = new byte[16 << 10];
        string shown = SafeText.Show(tree.Paths.Bytes(path));
        IReadOnlyList<DirectoryEntry> batch;
        while ((batch = DirectoryReader.Next(directory, buffer, shown)).Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach ((byte[] name, _) in batch)
            {
                int child;
                lock (tree.Paths.Lock)
                    child = tree.Paths.Find(path, name);
                if (child != Tree.PathTable.None && tree.Find(child) is >= 0 and int place && tree[place].Stamp.IsSet)
                    continue;
                _foreignIn.Add(path);
                _foreignNames.Add(name);
                Name([.. tree.Paths.Bytes(path), (byte)'/', .. name], "added");
            }
        }
    }

    /// <summary>A file of which one path is gone may have that path elsewhere, where it is somebody's own: none of its paths is used any more.</summary>
    private void SpreadOverLinks()
    {
        HashSet<Tree.Inode> gone = new(ReferenceEqualityComparer.Instance);
        for (int place = 0; place < tree.Count; place++)
        {
            if (tree[place].Drift == Drift.Gone && tree[place].Inode.Links > 1)
                gone.Add(tree[place].Inode);
        }
        for (int place = 0; gone.Count > 0 && place < tree.Count; place++)
        {
            if (gone.Contains(tree[place].Inode))
                tree[place].Drift = Drift.Gone;
        }
    }

    private bool IsClosed(in Linux.StatXResult stat) => !mayEnterAll && (stat.Mode & OwnerSearch) == 0;

    public static uint TypeOf(EntryKind kind) => kind switch
    {
        EntryKind.File => Linux.Regular,
        EntryKind.Symlink => Linux.Symlink,
        EntryKind.CharacterDevice => Linux.CharacterDevice,
        EntryKind.BlockDevice => Linux.BlockDevice,
        EntryKind.Fifo => Linux.Fifo,
        _ => Linux.Directory,
    };

    private void Name(int path, string what) => Name(tree.Paths.Bytes(path), what);

    private void Name(byte[] path, string what)
    {
        if (Count++ < MostNamed)
            _named.Add(string.Create(CultureInfo.InvariantCulture, $"'{(path.Length == 0 ? "." : SafeText.Show(path))}' {what}"));
    }
}
