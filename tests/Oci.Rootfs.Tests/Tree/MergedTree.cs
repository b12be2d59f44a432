using System.Globalization;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>Layers merged, in a form that tests can read: one line a path.</summary>
internal sealed class MergedTree
{
    private readonly RootfsTree _tree;

    private MergedTree(RootfsTree tree, IReadOnlyList<RootfsMessage> messages) => (_tree, Messages) = (tree, messages);

    public IReadOnlyList<RootfsMessage> Messages { get; }

    public IEnumerable<string> WarningCodes => Messages.Where(m => m.Code is not null).Select(m => m.Code!);

    public Inode Root => _tree[PathTable.Root]!;

    public int Count => _tree.Count;

    public int LongestPath => _tree.InOrder().Max(_tree.Paths.Depth);

    /// <summary>What stands at a path; fails where nothing does.</summary>
    public Inode this[string path]
    {
        get
        {
            int here = PathTable.Root;
            foreach (string name in path.Split('/'))
                here = _tree.Paths.Find(here, Rows.Bytes(name));
            return _tree[here] ?? throw new KeyNotFoundException(path);
        }
    }

    public static MergedTree Of(params TarEntry[][] layers) => Of(new MergeOptions(), new RootfsLimits(), layers);

    public static MergedTree KeepingLinks(params TarEntry[][] layers) => Of(new MergeOptions(KeepDirectorySymlinks: true), new RootfsLimits(), layers);

    public static MergedTree Of(MergeOptions options, RootfsLimits limits, params TarEntry[][] layers)
    {
        List<RootfsMessage> messages = [];
        RootfsLog log = new(messages.Add);
        PathTable paths = new();
        TreeLimits shared = new(limits);
        List<LayerTable> tables = [];
        // The engine reads the top layer first.
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            LayerTableBuilder builder = new(paths, shared, log, i, $"{i + 1} of {layers.Length}");
            foreach (TarEntry entry in layers[i])
                builder.Add(entry);
            tables.Insert(0, builder.Table);
        }
        return new MergedTree(LayerMerge.Merge(paths, tables, options, shared, new EngineContext(limits, log)), messages);
    }

    public static OciException Fails(string code, params TarEntry[][] layers) => Fails(code, new RootfsLimits(), layers);

    public static OciException Fails(string code, RootfsLimits limits, params TarEntry[][] layers)
    {
        OciException error = Assert.Throws<OciException>(() => Of(new MergeOptions(), limits, layers));
        Assert.Equal(code, error.Code);
        return error;
    }

    /// <summary>
    /// All paths but the root, in order: <c>d/</c>, <c>f L2</c> (its content is layer 2's), <c>l -> target</c>, <c>p |</c>,
    /// <c>c 1:3</c>; a second name of an inode is <c>b = a</c>.
    /// </summary>
    public void ShouldBe(params string[] lines) => Assert.Equal(lines, Lines());

    public IReadOnlyList<string> Lines()
    {
        Dictionary<Inode, string> firstNames = [];
        List<string> lines = [];
        foreach (int path in _tree.InOrder().Skip(1))
        {
            string name = Encoding.Latin1.GetString(_tree.Paths.Bytes(path));
            Inode inode = _tree[path]!;
            lines.Add(firstNames.TryGetValue(inode, out string? first) ? $"{name} = {first}" : name + Suffix(inode));
            firstNames.TryAdd(inode, name);
        }
        return lines;
    }

    /// <summary>Like <see cref="Lines"/>, with everything that an inode has.</summary>
    public IEnumerable<string> FullLines()
    {
        Dictionary<Inode, string> firstNames = [];
        foreach (int path in _tree.InOrder())
        {
            string name = Encoding.Latin1.GetString(_tree.Paths.Bytes(path));
            Inode inode = _tree[path]!;
            firstNames.TryAdd(inode, name);
            string xattrs = string.Join(',', inode.Xattrs.Select(x => Encoding.Latin1.GetString(x.Name) + "=" + Encoding.Latin1.GetString(x.Value)));
            yield return string.Create(CultureInfo.InvariantCulture,
                $"'{name}' = '{firstNames[inode]}' {inode.Kind} {inode.Mode:X} {inode.Uid}:{inode.Gid} {inode.Mtime.Seconds} {inode.Size} {inode.Content.Layer}/{inode.Content.Row} '{Encoding.Latin1.GetString(inode.SymlinkTarget)}' {inode.DeviceMajor}:{inode.DeviceMinor} links {inode.Links} [{xattrs}]");
        }
    }

    private static string Suffix(Inode inode) => inode.Kind switch
    {
        EntryKind.Directory => "/",
        EntryKind.File => string.Create(CultureInfo.InvariantCulture, $" L{inode.Content.Layer + 1}"),
        EntryKind.Symlink => " -> " + Encoding.Latin1.GetString(inode.SymlinkTarget),
        EntryKind.Fifo => " |",
        _ => string.Create(CultureInfo.InvariantCulture, $" {inode.DeviceMajor}:{inode.DeviceMinor}"),
    };
}
