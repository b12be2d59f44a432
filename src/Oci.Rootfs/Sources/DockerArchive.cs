using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Sources;

/// <summary>
/// Presents the output of <c>docker save</c> (rule 97) as an OCI image: this class makes the index and manifests, and layers keep their
/// bytes. A plain layer's blob digest is the config's diff_id, so it is verified while it is read, like any other. The archive does not
/// give a compressed layer's digest, so such a layer is hashed when the archive is opened.
/// </summary>
internal sealed class DockerArchive : ImageSource
{
    private const int BytesOfADescriptor = 128;

    /// <summary>Each tag is written twice: as the full name and as the short one.</summary>
    private const int NamesOfATag = 2;

    private readonly ArchiveFiles _files;
    private readonly EngineContext _context;
    private readonly Dictionary<Digest, byte[]> _manifests = [];

    /// <summary>Layers and configs. They are not kept, but read again where they are chosen.</summary>
    private readonly Dictionary<Digest, ArchiveEntry> _stored = [];
    private readonly Dictionary<long, Digest> _hashed = [];
    private readonly byte[] _index;

    /// <exception cref="OciException">Files are missing, or differ from what docker writes.</exception>
    public DockerArchive(ArchiveFiles files, EngineContext context)
    {
        _files = files;
        _context = context;
        List<DockerImage> images = DockerImage.ParseList(files.ReadDocument(DockerImage.FileName), context);
        if (images.Count > context.Limits.MaxIndexes)
            throw LimitErrors.Indexes(context.Limits.MaxIndexes, referenceHelps: false);

        // The index and manifests that this class makes must stay below the limit on documents that are read.
        long made = images.Sum(static i => (long)(i.Layers.Count + i.RepoTags.Count) * BytesOfADescriptor + i.RepoTags.Sum(static t => (long)t.Length * NamesOfATag));
        if (made > context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(DockerImage.FileName, context.Limits.MaxJsonBytes, made);
        _index = DockerDocuments.Index(images.SelectMany(Describe));
    }

    public override byte[] ReadIndex() => _index;

    public override bool HasBlob(Digest digest) => _manifests.ContainsKey(digest) || _stored.ContainsKey(digest);

    public override Stream OpenBlob(Descriptor descriptor)
    {
        if (_manifests.TryGetValue(descriptor.Digest, out byte[]? manifest))
            return new MemoryStream(manifest, writable: false);
        string digest = descriptor.Digest.ToString();
        ArchiveEntry entry = _stored.TryGetValue(descriptor.Digest, out ArchiveEntry? stored) ? stored : throw SourceErrors.MissingBlob(digest);
        return entry.Size == descriptor.Size ? _files.Open(entry, digest) : throw IntegrityErrors.WrongSize(digest, descriptor.Size, entry.Size);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _files.Dispose();
    }

    /// <summary>Makes one descriptor a name, or one without a name where the image has none.</summary>
    private IEnumerable<Descriptor> Describe(DockerImage image)
    {
        (Descriptor config, IReadOnlyList<Digest> diffIds) = DescribeConfig(image.Config);
        List<Descriptor> layers = [];
        foreach (string layer in image.Layers)
        {
            _context.ThrowIfCancelled();
            layers.Add(DescribeLayer(layer, layers.Count < diffIds.Count ? diffIds[layers.Count] : null));
        }
        byte[] bytes = DockerDocuments.Manifest(config, layers);
        Descriptor manifest = new(MediaTypes.Manifest, DigestHash.Of(bytes), bytes.Length);
        _manifests[manifest.Digest] = bytes;
        return image.RepoTags.Count == 0 ? [manifest] : image.RepoTags.Select(tag => manifest with { Names = Names(tag) });
    }

    private (Descriptor Config, IReadOnlyList<Digest> DiffIds) DescribeConfig(string file)
    {
        string name = Clean(file);
        ArchiveEntry entry = _files.Find(name) ?? throw SourceErrors.MissingBlob(ArchiveName.Show(name));
        CountDocument(entry.Size, _context);
        byte[] bytes = _files.ReadDocument(name, entry);
        Descriptor config = new(MediaTypes.Config, DigestHash.Of(bytes), bytes.Length);
        _stored.TryAdd(config.Digest, entry);
        return (config, ConfigDocument.Parse(bytes, ArchiveName.Show(name), _context).DiffIds);
    }

    private Descriptor DescribeLayer(string file, Digest? diffId)
    {
        string name = Clean(file);
        string shown = ArchiveName.Show(name);
        ArchiveEntry entry = _files.Find(name) ?? throw SourceErrors.MissingBlob(shown);
        using PeekStream stream = new(_files.Open(entry, shown), FileMagic.HeadBytes);
        Codec? codec = Codecs.Of(stream.Head);
        Digest digest = codec?.Decoder is null && diffId is not null ? diffId : Hash(entry, stream);
        _stored.TryAdd(digest, entry);
        return new Descriptor(MediaTypes.LayerOf(codec?.Suffix), digest, entry.Size);
    }

    /// <summary>Hashes each file once, however often the archive lists it.</summary>
    private Digest Hash(ArchiveEntry entry, Stream content)
    {
        if (_hashed.TryGetValue(entry.Offset, out Digest? known))
            return known;
        return _hashed[entry.Offset] = DigestHash.Of(content, "sha256", _context.Cancellation);
    }

    private static string Clean(string name) => ArchiveName.Clean(name)
        ?? throw SourceErrors.BadDockerArchive(DockerImage.FileName, ArchiveName.IsNothing(name)
            ? $"the file name '{SafeText.Show(name)}', which names no file"
            : $"the file name '{SafeText.Show(name)}', which leads out of the archive");

    private static DescriptorNames Names(string repoTag)
    {
        if (repoTag.Length is 0 or > DescriptorNames.MostBytes)
            return DescriptorNames.None;
        int colon = repoTag.LastIndexOf(':');
        bool hasTag = colon > repoTag.LastIndexOf('/') && colon < repoTag.Length - 1;
        return new DescriptorNames(repoTag, hasTag ? repoTag[(colon + 1)..] : null);
    }
}
