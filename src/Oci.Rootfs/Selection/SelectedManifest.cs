using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>The manifest that was asked for, read and verified; its config is not read before <see cref="Load"/>.</summary>
internal sealed class SelectedManifest
{
    private readonly ImageSource _source;
    private readonly Candidate _chosen;
    private readonly PlatformRequest? _asked;
    private readonly EngineContext _context;
    private readonly ManifestDocument _manifest;

    /// <param name="source">The image.</param>
    /// <param name="chosen">The manifest.</param>
    /// <param name="asked">Null where a manifest's digest was asked for, and no platform.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public SelectedManifest(ImageSource source, Candidate chosen, PlatformRequest? asked, EngineContext context)
    {
        _source = source;
        _chosen = chosen;
        _asked = asked;
        _context = context;
        _manifest = ManifestDocument.Parse(BlobReader.ReadAll(source, Descriptor, context), Descriptor.Digest.ToString(), Descriptor.MediaType, context);
    }

    public Descriptor Descriptor => _chosen.Manifest;

    public IReadOnlyList<Descriptor> Layers => _manifest.Layers;

    /// <summary>Null where it is not known without reading more.</summary>
    public OciPlatform? Platform => _chosen.Platform;

    /// <summary>Reads the config, and checks that manifest, config and blobs fit together. Does not read layers.</summary>
    /// <exception cref="OciException">They do not fit, or the image turns out to be for another platform.</exception>
    public SelectedImage Load()
    {
        byte[] bytes = BlobReader.ReadAll(_source, _manifest.Config, _context);
        ConfigDocument config = ConfigDocument.Parse(bytes, _manifest.Config.Digest.ToString(), _context);
        OciPlatform platform = CheckPlatform(config.Platform);
        if (_manifest.Layers.Count != config.DiffIds.Count)
            throw SelectionErrors.LayerCount(_manifest.Layers.Count, config.DiffIds.Count);
        for (int i = 0; i < _manifest.Layers.Count; i++)
            CheckLayer(_manifest.Layers[i], i + 1);
        return new SelectedImage
        {
            Manifest = Descriptor,
            Config = _manifest.Config,
            ConfigBytes = bytes,
            RunConfig = config.RunConfig,
            Platform = platform,
            Layers = _manifest.Layers,
            DiffIds = config.DiffIds,
        };
    }

    private OciPlatform CheckPlatform(OciPlatform? config)
    {
        if (config is null)
        {
            OciPlatform named = Platform ?? (_asked ?? PlatformRequest.Parse(null)).Platform;
            OciPlatform assumed = new(named.Os, named.Architecture, named.Variant);
            _context.Log.Normal($"The config of the image '{SafeText.Show(_source.DisplayName)}' names no platform; it is taken for {SafeText.Show(assumed.ToString())}.");
            return assumed;
        }
        if (Platform is null)
        {
            if (_asked is not null && _asked.RankOf(config) < 0)
                throw SelectionErrors.NoPlatform(_asked.Platform.ToString(), CandidateList.Format([_chosen with { Platform = config }]));
        }
        else if (PlatformRequest.Normalise(Platform) != PlatformRequest.Normalise(config))
        {
            SelectionErrors.WarnPlatformDiffers(_context.Log, _source.DisplayName, Platform.ToString(), config.ToString());
        }
        return config;
    }

    private void CheckLayer(Descriptor layer, int number)
    {
        try
        {
            Codecs.OfSuffix(MediaTypes.LayerSuffix(layer.MediaType), layer.MediaType);
            if (!_source.HasBlob(layer.Digest))
                throw MediaTypes.IsForeign(layer.MediaType) ? SelectionErrors.ForeignLayer(layer.Digest.ToString()) : SourceErrors.MissingBlob(layer.Digest.ToString());
        }
        catch (OciException e)
        {
            throw e.At(layer: $"{number} of {_manifest.Layers.Count} ({layer.Digest})");
        }
    }
}
