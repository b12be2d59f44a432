using System.Globalization;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Own;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>The first half of every extraction: reads the layers once, and merges their tables into the tree, with the user's own files on top.</summary>
internal sealed class ImageReading : IDisposable
{
    private readonly RootfsRequest _request;
    private readonly ImageSource _source;
    private readonly EngineContext _context;
    private readonly SelectedImage _image;
    private readonly LayerSet _layers;
    private readonly KnownLayers _known;
    private readonly OwnLayer? _own;
    private readonly IStandingLayers? _standing;
    private ReadLayers? _read;

    /// <param name="request">The request.</param>
    /// <param name="source">The image's source.</param>
    /// <param name="image">The image.</param>
    /// <param name="known">The layers that need not be read; null for none.</param>
    /// <param name="shared">The layers of other images of this run; null for a single image.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <param name="standing">Other trees that have some of the layers; null for none.</param>
    public ImageReading(
        RootfsRequest request, ImageSource source, SelectedImage image, KnownLayers? known, SharedLayers? shared, EngineContext context, IStandingLayers? standing = null)
    {
        if (image.Layers.Count > request.Limits.MaxLayers)
            throw LimitErrors.Layers(request.Limits.MaxLayers, image.Layers.Count);
        (_request, _source, _image, _context) = (request, source, image, context);
        _known = known ?? new KnownLayers(image, []);
        _standing = standing;
        source.Expect(Blobs(IsRead));
        Progress = new Progress(context);
        _layers = new LayerSet(source, image, Progress, shared);
        _own = request.Own is null ? null : new OwnLayer(request.Own, image.Layers.Count, request.SourceDateEpoch, context);
    }

    /// <summary>Says how far the extraction is. It begins here.</summary>
    public Progress Progress { get; }

    /// <summary>The names of all layers.</summary>
    public PathTable Paths { get; } = new();

    /// <summary>For each place in the order of application, the layer's number in the manifest. Known once the layers were read.</summary>
    public IReadOnlyList<int> Order => _read!.Order;

    /// <summary>What is known of the layers, by number in the manifest. Known once the layers were read.</summary>
    public IReadOnlyList<KnownLayer> Layers => _read!.Layers;

    /// <param name="sink">Gets the contents on the way, top layer first.</param>
    /// <param name="standing">Reads a content of a known layer that stands in a tree; null where there is none.</param>
    public RootfsTree Read(IContentSink sink, Func<ContentRef, byte[]?>? standing = null)
    {
        TreeLimits limits = new(_request.Limits);
        IReadOnlyList<KnownLayer?> known = _known.In(Paths, limits);
        _standing?.Copy(Paths, limits);
        _read = new LayerReader(_layers, _request.Cores, Paths, _context, limits, known, _standing).ReadAll(_own?.Watch(sink, Paths) ?? sink);
        if (_read.IsReordered)
            IntegrityErrors.WarnLayerOrder(_context.Log, _source.DisplayName);
        MergeOptions options = new(_request.KeepDirectorySymlinks, _request.SourceDateEpoch);
        RootfsTree tree = LayerMerge.Merge(
            Paths, _read.BottomToTop, options, limits, _context, place => _layers.Label(Order[place]), (merged, resolver) => _own?.Apply(merged, resolver, limits));
        _own?.SetOwners(tree, standing, Fetch);
        MountPoints added = new(tree, _request.SourceDateEpoch, limits, _context);
        if (_request.CreateMountPoints)
            added.AddUsual();
        if (_request.CreateVolumes)
            added.AddVolumes(_image.RunConfig.Volumes);
        return tree;
    }

    /// <summary>Reads the contents that the sink did not take: those of the user's own files, and layers a second time for the others.</summary>
    public void Fetch(IReadOnlyList<ContentRef> missing, IContentSink sink)
    {
        if (_own is not null)
            missing = FetchOwn(_own, missing, sink);
        if (missing.Count == 0)
            return;
        _context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Fetching {missing.Count} contents in a second pass."));
        HashSet<int> layers = [];
        foreach (ContentRef content in missing)
            layers.Add(content.Layer);
        _source.Expect(Blobs(layer => !IsRead(layer) && layers.Contains(layer)));
        new SecondPass(_layers, _read!, _context).Fetch(missing, sink);
    }

    /// <summary>Whether the first pass reads the blob of a layer.</summary>
    public bool IsRead(int layer) => !_known.Has(layer) && _standing?.Has(layer) != true;

    /// <summary>Blobs of layers, the top one first.</summary>
    private List<Descriptor> Blobs(Func<int, bool> which)
    {
        List<Descriptor> blobs = [];
        for (int layer = _image.Layers.Count - 1; layer >= 0; layer--)
        {
            if (which(layer))
                blobs.Add(_image.Layers[layer]);
        }
        return blobs;
    }

    private static List<ContentRef> FetchOwn(OwnLayer layer, IReadOnlyList<ContentRef> missing, IContentSink sink)
    {
        List<ContentRef> own = [], ofImage = [];
        foreach (ContentRef content in missing)
            (layer.Has(content) ? own : ofImage).Add(content);
        if (own.Count > 0)
            layer.Fetch(own, sink);
        return ofImage;
    }

    public void Dispose() => _layers.Dispose();
}
