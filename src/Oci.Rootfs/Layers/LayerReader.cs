using System.Globalization;
using System.Runtime.ExceptionServices;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Reads every layer once into its table, and offers the contents of its files to a sink on the way. As many layers are read at once as
/// there are cores, the top one first. The result is the same for any number, and in whatever order the threads happen to run.
/// </summary>
/// <param name="layers">The image's layers.</param>
/// <param name="cores">The number of cores to keep busy.</param>
/// <param name="paths">Collects the names of all layers.</param>
/// <param name="context">Limits, log and cancellation.</param>
/// <param name="treeLimits">The limits on names and entries.</param>
/// <param name="known">By number: the layers that are known, and need not be read. Null for those to read.</param>
/// <param name="standing">Has some of those to read; null for none.</param>
internal sealed class LayerReader(
    LayerSet layers, int cores, PathTable paths, EngineContext context, TreeLimits treeLimits, IReadOnlyList<KnownLayer?> known, IStandingLayers? standing)
{
    /// <summary>More parsers than that would wait for each other at the table of paths, and for the disk.</summary>
    private const int MostParsers = 12;

    /// <summary>
    /// 60 MiB: how far all open layers together may be inflated ahead of their parsers. For most layers a share of it is a good part of the
    /// whole.
    /// </summary>
    private const int ReserveChunks = 240;

    private const int NoLayer = -1;

    /// <summary>The numbers of the layers to read, the top one first.</summary>
    private readonly int[] _unknown = Unknown(known);

    private readonly int _parsers = ParsersFor(cores, Unknown(known).Length);
    private readonly DiffIdMatcher _positions = new(layers.DiffIds);
    private readonly InflationBudget _budget = new(context.Limits);
    private readonly Lock _lock = new();
    private readonly OneLayer[] _read = new OneLayer[layers.Count];
    private readonly Queue<OneLayer> _open = new();

    /// <summary>The places in <see cref="_unknown"/> of the layer to open next, and of the one to read next.</summary>
    private int _toOpen, _toRead;

    /// <summary>The topmost layer that failed: the one whose error a reader of one layer after the other would have met first.</summary>
    private int _failed = NoLayer;
    private ExceptionDispatchInfo? _failure;

    /// <summary>
    /// Layers that are opened before a parser is free for them. A single parser has two, so that both of two cores stay busy.
    /// </summary>
    private int Ahead => _parsers == 1 ? Math.Min(cores, 2) : 1;

    /// <summary>The number of layers that are read at once.</summary>
    public static int ParsersFor(int cores, int layers) => Math.Clamp(Math.Min(cores, layers), 1, MostParsers);

    /// <param name="sink">Gets the contents, from several threads at once.</param>
    public ReadLayers ReadAll(IContentSink sink)
    {
        WorkerThread[] others = new WorkerThread[_parsers - 1];
        try
        {
            TakeKnown(sink);
            for (int i = 0; i < others.Length; i++)
                others[i] = new WorkerThread("OCI parser", () => Work(sink));
            Work(sink);
        }
        finally
        {
            foreach (WorkerThread other in others)
                other?.Dispose();
            foreach (OneLayer layer in _read)
                layer?.Dispose();
        }
        for (int layer = layers.Count - 1; layer >= Math.Max(_failed, 0); layer--)
            context.Log.Take(_read[layer]?.Context.Log);
        _failure?.Throw();
        return new ReadLayers(Layers(), Order());
    }

    private static int[] Unknown(IReadOnlyList<KnownLayer?> known)
    {
        List<int> unknown = [];
        for (int layer = known.Count - 1; layer >= 0; layer--)
        {
            if (known[layer] is null)
                unknown.Add(layer);
        }
        return [.. unknown];
    }

    private KnownLayer[] Layers()
    {
        KnownLayer[] all = new KnownLayer[_read.Length];
        for (int layer = 0; layer < all.Length; layer++)
            all[layer] = _read[layer].Known!;
        return all;
    }

    /// <summary>What the known layers hide of the others is clear from the start.</summary>
    private void TakeKnown(IContentSink sink)
    {
        for (int number = known.Count - 1; number >= 0; number--)
        {
            if (known[number] is not { } layer)
                continue;
            OneLayer read = new(number, context);
            _read[number] = read;
            try
            {
                layers.InLayer(number, () => Take(layer, read, _budget));
            }
            catch (OciException e)
            {
                Fail(number, e);
                return;
            }
            sink.EndLayer(layer.Table);
        }
    }

    private void Take(KnownLayer layer, OneLayer read, InflationBudget budget)
    {
        string label = layers.Label(read.Number);
        layer.WarnAgain(read.Context.Log, label);
        budget.Spend(layer.Cost);
        _positions.Check(read.Number, layer.Digests);
        read.Known = layer with { Label = label, Texts = read.Context.Log.Warnings().Texts };
    }

    /// <summary>Takes a layer from a tree that stands.</summary>
    private void Take(OneLayer layer, KnownLayer there, IContentSink sink)
    {
        context.Log.Normal($"Layer {layers.Label(layer.Number)} is taken from '{standing!.Place(layer.Number)}'.");
        Take(there, layer, layer.Budget!);
        standing.Offer(there.Table, sink, layer.Context.Cancellation);
        sink.EndLayer(there.Table);
    }

    /// <summary>Equal layers may take any of their places. So that a build is like any other, the top one chooses first.</summary>
    private int[] Order()
    {
        int[] order = new int[_read.Length];
        for (int layer = _read.Length - 1; layer >= 0; layer--)
        {
            OneLayer read = _read[layer];
            layers.InLayer(layer, () => order[_positions.PositionOf(layer, read.Known!.Digests)] = layer);
        }
        return order;
    }

    /// <summary>Reads layers as long as there are some.</summary>
    private void Work(IContentSink sink)
    {
        while (Next() is { } layer)
        {
            try
            {
                layers.InLayer(layer.Number, () => Read(layer, sink));
            }
            catch (Exception e) // The thread that called us throws the error of the topmost layer.
            {
                Fail(layer.Number, e);
            }
            Done(layer);
        }
    }

    private OneLayer? Next()
    {
        lock (_lock)
        {
            try
            {
                // A layer below one that failed is of no use.
                if (_toRead == _unknown.Length || _unknown[_toRead] <= _failed)
                    return null;
                while (_toOpen < _unknown.Length && _open.Count <= Ahead)
                    Open(_unknown[_toOpen++]);
                OneLayer layer = _open.Dequeue();
                _toRead++;
                layer.IsRunning = true;
                return layer;
            }
            catch (Exception e) // As above.
            {
                Fail(_unknown[_toRead], e);
                return null;
            }
        }
    }

    private void Open(int number)
    {
        OneLayer layer = new(number, context);
        _read[number] = layer;
        layer.Budget = _budget.Part();
        if (standing?[number] is null)
            layer.Input = layers.Open(number, layer.Budget, layer.Context, ReserveChunks / (_parsers + Ahead));
        _open.Enqueue(layer);
    }

    private void Read(OneLayer layer, IContentSink sink)
    {
        if (standing?[layer.Number] is { } there)
        {
            Take(layer, there, sink);
            return;
        }
        (LayerInput input, EngineContext own) = (layer.Input!, layer.Context);
        context.Log.Normal($"Reading layer {layers.Label(layer.Number)}.");
        TarReader tar = new(input, own);
        LayerTableBuilder builder = new(paths, treeLimits, own.Log, layer.Number, layers.Label(layer.Number));
        LayerTable table = builder.Table;
        while (tar.Read() is { } entry)
        {
            own.ThrowIfCancelled();
            own.Pause?.Invoke(layer.Number);
            layer.Budget!.Spend(tar.BlocksBeyondData);
            int row;
            lock (paths.Lock)
                row = builder.Add(entry);
            if (row >= 0 && table[row].Kind == EntryKind.File)
                sink.Offer(tar, new ContentRef(layer.Number, row), table[row]);
        }
        tar.Drain();
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Layer {layers.Label(layer.Number)}: {table.Count} entries, {input.Position} bytes inflated."));
        IReadOnlyList<Digest> digests = input.Digests();
        _positions.Check(layer.Number, digests);
        (IReadOnlyList<string> codes, IReadOnlyList<string> texts, Dictionary<string, int> counts) = own.Log.Warnings();
        layer.Known = new KnownLayer(layers.Blob(layer.Number), digests, layer.Budget!.Spent, layers.Label(layer.Number), table) { Codes = codes, Texts = texts, Counts = counts };
        sink.EndLayer(table);
    }

    private void Fail(int layer, Exception failure)
    {
        lock (_lock)
        {
            if (layer <= _failed)
                return;
            (_failed, _failure) = (layer, ExceptionDispatchInfo.Capture(failure));
            for (int below = 0; below < layer; below++)
                _read[below]?.Stop();
        }
    }

    private void Done(OneLayer layer)
    {
        layer.Close();
        bool isOver;
        lock (_lock)
        {
            layer.IsRunning = false;
            isOver = _failed != NoLayer;
            for (int above = _failed + 1; above < _read.Length; above++)
                isOver &= _read[above] is null or { IsRunning: false };
        }
        // What comes from elsewhere may come never.
        if (isOver)
            layers.Stop();
    }

    /// <summary>One layer while it is read, and what is known of it then.</summary>
    private sealed class OneLayer : IDisposable
    {
        private readonly CancellationTokenSource _stopping;

        public OneLayer(int number, EngineContext context)
        {
            Number = number;
            _stopping = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
            Context = context with { Cancellation = _stopping.Token, Log = context.Log.Part() };
        }

        public int Number { get; }

        /// <summary>With a log of its own, so that warnings come in the order of the layers.</summary>
        public EngineContext Context { get; }

        public LayerInput? Input { get; set; }

        public bool IsRunning { get; set; }

        public InflationBudget? Budget { get; set; }

        /// <summary>Set when the layer was read to its end, or was known.</summary>
        public KnownLayer? Known { get; set; }

        public void Stop() => _stopping.Cancel();

        public void Close()
        {
            Input?.Dispose();
            Input = null;
        }

        public void Dispose()
        {
            Stop();
            Close();
            _stopping.Dispose();
        }
    }
}
