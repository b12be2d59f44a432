using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.State;

/// <summary>
/// Another tree that stands, as a place to take layers from. Nobody locks it: a file counts only if it is the one that its extraction left
/// there, and no build ever writes into a file of a tree. Thread-safe.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class NeighbourTree : IDisposable
{
    private readonly TreeState _state;
    private readonly TreeHandles _handles;
    private readonly Lock _lock = new();

    /// <summary>By content: the place of a file that has it.</summary>
    private readonly Dictionary<ContentRef, int> _places;

    private NeighbourTree(string path, TreeState state, DirectoryHandle root)
    {
        (Path, _state) = (path, state);
        _handles = new TreeHandles(state.Tree, root, state.KeepsInodes, StagingDirectories.Near);
        _places = state.Tree.Files(place => state.Tree[place].Inode.Content);
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <param name="path">The absolute path of a tree.</param>
    /// <param name="context">Limits and log.</param>
    /// <returns>Null where no tree of ours stands, or nothing is written down of which it is made.</returns>
    public static NeighbourTree? Find(string path, EngineContext context)
    {
        try
        {
            using Destination? destination = Destination.Open(path, create: false);
            if (destination is null || StateFile.Peek(destination) is not { Key: { } key, HoldsTrees: false } mark || mark.Boot != BootId.Current)
                return null;
            using DirectoryHandle? root = destination.Parent.OpenChildPath(destination.Name);
            if (root?.StatSelf() is { } standing && StateFile.Owns(mark, standing) && new TreeStateFile(destination).Read(key, context) is { KeepsInodes: true } state)
                return new NeighbourTree(path, state, root.Hold());
        }
        catch (OciException e)
        {
            context.Log.Detail(e.Message);
        }
        return null;
    }

    /// <param name="blob">The blob of a layer of an image.</param>
    /// <param name="algorithms">The algorithms of the image's diff_ids.</param>
    /// <param name="leastPercent">
    /// A layer of which less stands is of no use: what other layers of the tree hide of it may be wanted, and for one such file the whole
    /// layer is read after all.
    /// </param>
    /// <returns>The layer's number here; -1 where the tree has not, or not enough of it.</returns>
    public int Find(Descriptor blob, IReadOnlyList<string> algorithms, int leastPercent)
    {
        for (int layer = 0; layer < _state.Layers.Count; layer++)
        {
            if (_state.Layers[layer].Is(blob, algorithms))
                return Stands(layer, leastPercent) ? layer : -1;
        }
        return -1;
    }

    public KnownLayer Layer(int layer) => _state.Layers[layer];

    /// <summary>Offers the files of a layer that stand.</summary>
    /// <param name="layer">The layer's number here.</param>
    /// <param name="table">The layer's table in the image that wants it: with the same rows.</param>
    /// <param name="sink">Gets the contents.</param>
    /// <param name="cancellation">Checked at each file.</param>
    public void Offer(int layer, LayerTable table, IContentSink sink, CancellationToken cancellation)
    {
        byte[] buffer = new byte[StandingContent.BufferBytes];
        for (int row = 0; row < table.Count; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (table[row].Kind != EntryKind.File || !_places.TryGetValue(new ContentRef(layer, row), out int place) || Open(place) is not { } file)
                continue;
            using (file)
                sink.Offer(new StandingContent(file, table[row].Size, _state.Tree.Paths.Bytes(_state.Tree[place].Path), buffer), new ContentRef(table.Number, row), table[row]);
        }
    }

    public void Dispose() => _handles.Dispose();

    private bool Stands(int layer, int leastPercent)
    {
        UInt128 all = 0, standing = 0;
        LayerTable table = _state.Layers[layer].Table;
        for (int row = 0; row < table.Count; row++)
        {
            if (table[row].Kind != EntryKind.File)
                continue;
            all += (UInt128)table[row].Size;
            if (_places.ContainsKey(new ContentRef(layer, row)))
                standing += (UInt128)table[row].Size;
        }
        return standing * 100 >= all * (UInt128)leastPercent;
    }

    private Outputs.ITreeContent? Open(int place)
    {
        ref StandingNode node = ref _state.Tree[place];
        int fd;
        lock (_lock)
            fd = _handles.TryOpenAsLeft(node);
        return fd < 0 ? null : StagedContents.Of(fd, node.Inode.Size);
    }
}
