using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.State;

/// <summary>Reads what <see cref="TreeStateWriter"/> has written. Whatever it did not write so counts as no file.</summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeStateReader
{
    private const int MostOfAList = 100_000, MostLimits = 1000;

    private readonly NumberReader _reader;
    private readonly EngineContext _context;
    private readonly TreeLimits _limits;

    /// <summary>The tree has again what the layers have.</summary>
    private readonly TreeLimits _treeLimits;

    private TreeStateReader(NumberReader reader, EngineContext context) => (_reader, _context, _limits, _treeLimits) = (reader, context, new TreeLimits(context.Limits), new TreeLimits(context.Limits));

    /// <param name="stream">The file.</param>
    /// <param name="key">The key of the tree that stands.</param>
    /// <param name="context">The limits, which count as they do for layers, and cancellation.</param>
    /// <param name="whyNot">Why it can't be used.</param>
    /// <returns>Null where it can't be used.</returns>
    public static TreeState? Read(Stream stream, string key, EngineContext context, out string whyNot)
    {
        whyNot = "it is damaged";
        try
        {
            if (NumberReader.TryOpen(stream) is not { } reader)
                return null;
            return new TreeStateReader(reader, context).Read(key, out whyNot);
        }
        catch (OciException e)
        {
            whyNot = e.Message;
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    private TreeState? Read(string key, out string whyNot)
    {
        byte[] head = new byte[TreeStateWriter.Magic.Length + 16];
        _reader.Raw(head);
        whyNot = "another version of the package wrote it";
        if (!head.AsSpan().StartsWith(TreeStateWriter.Magic) || !head.AsSpan(TreeStateWriter.Magic.Length).SequenceEqual(typeof(TreeStateWriter).Module.ModuleVersionId.ToByteArray()))
            return null;
        whyNot = "it belongs to another tree";
        if (_reader.Text() != key)
            return null;
        whyNot = "it is damaged";
        string manifest = _reader.Text(), form = _reader.Text();
        bool keepsInodes = _reader.Below(2) == 1;
        long[] limits = new long[_reader.Below(MostLimits)];
        for (int i = 0; i < limits.Length; i++)
            limits[i] = _reader.Long();
        PathTable paths = TableCodec.ReadPaths(_reader, _limits);
        List<KnownLayer> layers = [];
        for (int left = List(); left > 0; left--)
            layers.Add(ReadLayer(paths, layers.Count));
        List<string> own = [];
        for (int left = _reader.Count(); left > 0; left--)
            own.Add(_reader.Text());
        StandingTree tree = ReadTree(paths, layers, own);
        bool hasSetLengths = _reader.Below(2) == 1;
        return _reader.Left == 0 ? new TreeState(key, manifest, form, limits, keepsInodes, hasSetLengths, layers, own, tree) : null;
    }

    private int List()
    {
        int count = _reader.Count();
        return count <= MostOfAList ? count : throw new InvalidDataException();
    }

    private KnownLayer ReadLayer(PathTable paths, int number)
    {
        _context.ThrowIfCancelled();
        Digest blob = ReadDigest();
        long size = _reader.Long();
        string mediaType = _reader.Text();
        List<Digest> digests = [];
        for (int left = List(); left > 0; left--)
            digests.Add(ReadDigest());
        long cost = _reader.Long();
        string label = _reader.Text();
        List<string> codes = [], texts = [];
        for (int left = List(); left > 0; left--)
        {
            codes.Add(_reader.Text());
            texts.Add(_reader.Text());
        }
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        for (int left = List(); left > 0; left--)
            counts.Add(_reader.Text(), _reader.Below(int.MaxValue));
        if (size < 0 || cost < 0 || label.Length == 0)
            throw new InvalidDataException();
        LayerTable table = TableCodec.ReadTable(_reader, paths, number, _limits);
        return new KnownLayer(new Descriptor(mediaType, blob, size), digests, cost, label, table) { Codes = codes, Texts = texts, Counts = counts };
    }

    private Digest ReadDigest() => Digest.TryParse(_reader.Text(), out Digest? digest) ? digest : throw new InvalidDataException();

    private StandingTree ReadTree(PathTable paths, List<KnownLayer> layers, List<string> own)
    {
        StandingTree tree = new(paths);
        List<Inode> linked = [];
        int path = 0;
        for (int left = _reader.Count(); left > 0; left--)
        {
            _context.ThrowIfCancelled();
            path = checked((int)(path + _reader.Signed()));
            if (path < 0 || path >= paths.Count || tree.Find(path) >= 0 || !IsInDirectory(tree, path))
                throw new InvalidDataException();
            int layer = _reader.Below(layers.Count + 2) - 1;
            Stamp stamp = new(_reader.Number(), _reader.Signed(), _reader.Word());
            ulong group = _reader.Number();
            Inode inode = group >= 2 && group - 2 < (ulong)linked.Count
                ? linked[(int)(group - 2)]
                : group < 2 ? TableCodec.ReadInode(_reader, paths, _treeLimits, () => ReadContent(layers, own)) : throw new InvalidDataException();
            if (group == 1)
                linked.Add(inode);
            if (inode.Kind == EntryKind.Directory && group != 0)
                throw new InvalidDataException();
            inode.Links++;
            tree.Add(new StandingNode { Path = path, Inode = inode, Layer = layer, Stamp = stamp });
        }
        return tree.Count > 0 && tree[0].Inode.Kind == EntryKind.Directory && tree[0].Stamp.IsSet ? tree : throw new InvalidDataException();
    }

    /// <summary>The root comes first, and each directory before what is in it.</summary>
    private static bool IsInDirectory(StandingTree tree, int path)
    {
        if (tree.Count == 0 || path == PathTable.Root)
            return tree.Count == 0 && path == PathTable.Root;
        int parent = tree.Find(tree.Paths.Parent(path));
        return parent >= 0 && tree[parent].Inode.Kind == EntryKind.Directory && tree[parent].Stamp.IsSet;
    }

    private ContentRef ReadContent(List<KnownLayer> layers, List<string> own)
    {
        int layer = _reader.Below(layers.Count + 1);
        if (layer == layers.Count)
            return new ContentRef(layer, _reader.Below(own.Count));
        int row = _reader.Below(layers[layer].Table.Count);
        return layers[layer].Table[row].Kind == EntryKind.File ? new ContentRef(layer, row) : throw new InvalidDataException();
    }
}
