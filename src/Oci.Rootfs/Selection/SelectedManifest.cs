using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>The requested manifest, read and verified. <see cref="Load"/> reads its config.</summary>
internal sealed class SelectedManifest
{
    private readonly ImageSource _source;
    private readonly Candidate _chosen;
    private readonly PlatformRequest? _asked;
    private readonly IReadOnlyList<Candidate> _others;
    private readonly EngineContext _context;
    private readonly ManifestDocument _manifest;

    /// <param name="source">The image.</param>
    /// <param name="chosen">The manifest.</param>
    /// <param name="asked">The requested platform; null where the user asked for a manifest's digest and no platform.</param>
    /// <param name="others">The other choices, for the error that blobs of this one are missing.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public SelectedManifest(ImageSource source, Candidate chosen, PlatformRequest? asked, IReadOnlyList<Candidate> others, EngineContext context)
    {
        _source = source;
        _chosen = chosen;
        _asked = asked;
        _others = others;
        _context = context;
        _manifest = ManifestDocument.Parse(Read(Descriptor), Descriptor.Digest.ToString(), Descriptor.MediaType, context);
    }

    public Descriptor Descriptor => _chosen.Manifest;

    public IReadOnlyList<Descriptor> Layers => _manifest.Layers;

    /// <summary>Null where more documents would have to be read to know it.</summary>
    public OciPlatform? Platform => _chosen.Platform;

    /// <summary>
    /// The requested platform where the index does not give the image's: the engine may assume it for the image (rule 94), so a tree is up
    /// to date only for the same one. Null where the index gives a platform, and where the user asked for a manifest's digest.
    /// </summary>
    public OciPlatform? AskedPlatform => Platform is null ? _asked?.Platform : null;

    /// <summary>Reads the config, and checks that manifest, config and blobs fit together. Does not read layers.</summary>
    /// <exception cref="OciException">They do not fit, or the image is for another platform.</exception>
    public SelectedImage Load()
    {
        byte[] bytes = Read(_manifest.Config);
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

    private byte[] Read(Descriptor document)
    {
        try
        {
            return BlobReader.ReadAll(_source, document, _context);
        }
        catch (OciException e) when (e.IsMissingBlob)
        {
            throw Missing(document.Digest);
        }
    }

    /// <summary>Where the user asked for a platform, the error lists the platforms that are complete.</summary>
    private OciException Missing(Digest blob)
    {
        List<Candidate> stored = _asked is null ? [] : StoredImages.Of(_source, _others.Where(c => c.Manifest.Digest != Descriptor.Digest), _context);
        return stored.Count == 0
            ? SourceErrors.MissingBlob(blob.ToString())
            : SelectionErrors.PlatformNotStored((Platform ?? _asked!.Platform).ToString(), blob.ToString(), CandidateList.Format(stored));
    }

    private void CheckLayer(Descriptor layer, int number)
    {
        try
        {
            Codecs.OfSuffix(MediaTypes.LayerSuffix(layer.MediaType), layer.MediaType);
            if (_source.HasBlob(layer.Digest))
                return;
            if (MediaTypes.IsForeign(layer.MediaType))
                throw SelectionErrors.ForeignLayer(layer.Digest.ToString());

            // A blob that we may not read has another error than an absent one, and opening it tells which.
            _source.OpenBlob(layer).Dispose();
        }
        catch (OciException e) when (e.IsMissingBlob)
        {
            throw Missing(layer.Digest).At(layer: $"{number} of {_manifest.Layers.Count} ({layer.Digest})");
        }
        catch (OciException e)
        {
            throw e.At(layer: $"{number} of {_manifest.Layers.Count} ({layer.Digest})");
        }
    }
}
