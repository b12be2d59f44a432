using System.Security.Cryptography;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Sources;

/// <summary>
/// What <c>docker save</c> writes (rule 97), presented as an OCI image: the index and manifests are made up, layers keep their bytes.
/// A plain layer's blob digest is the config's diff_id, so that it is verified while it is read like any other; a compressed layer,
/// whose digest nothing in the archive says, is hashed when the archive is opened.
/// </summary>
internal sealed class DockerArchive : ImageSource
{
    private const int BytesOfADescriptor = 128;

    private readonly ArchiveFiles _files;
    private readonly EngineContext _context;
    private readonly Dictionary<Digest, byte[]> _documents = [];
    private readonly Dictionary<Digest, ArchiveEntry> _layers = [];
    private readonly Dictionary<long, Digest> _hashed = [];
    private readonly byte[] _index;

    /// <exception cref="OciException">Files are missing or are not what they should be.</exception>
    public DockerArchive(ArchiveFiles files, EngineContext context)
    {
        _files = files;
        _context = context;
        List<DockerImage> images = DockerImage.ParseList(files.ReadDocument(DockerImage.FileName), context);
        if (images.Count > context.Limits.MaxIndexes)
            throw LimitErrors.Indexes(context.Limits.MaxIndexes);

        // What is made up here must stay below the limit for what is read.
        long descriptors = images.Sum(static i => (long)i.Layers.Count + i.RepoTags.Count);
        if (descriptors * BytesOfADescriptor > context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(DockerImage.FileName, context.Limits.MaxJsonBytes, descriptors * BytesOfADescriptor);
        _index = DockerDocuments.Index(images.SelectMany(Describe));
    }

    public override byte[] ReadIndex() => _index;

    public override bool HasBlob(Digest digest) => _documents.ContainsKey(digest) || _layers.ContainsKey(digest);

    public override Stream OpenBlob(Descriptor descriptor)
    {
        if (_documents.TryGetValue(descriptor.Digest, out byte[]? document))
            return new MemoryStream(document, writable: false);
        string digest = descriptor.Digest.ToString();
        ArchiveEntry entry = _layers.TryGetValue(descriptor.Digest, out ArchiveEntry? layer) ? layer : throw SourceErrors.MissingBlob(digest);
        return entry.Size == descriptor.Size ? _files.Open(entry, digest) : throw IntegrityErrors.WrongSize(digest, descriptor.Size, entry.Size);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _files.Dispose();
    }

    /// <summary>One descriptor a name; one without a name where there is none.</summary>
    private IEnumerable<Descriptor> Describe(DockerImage image)
    {
        byte[] bytes = ReadConfig(image.Config);
        ConfigDocument config = ConfigDocument.Parse(bytes, ArchiveName.Show(Clean(image.Config)), _context);
        List<Descriptor> layers = [];
        foreach (string layer in image.Layers)
            layers.Add(DescribeLayer(layer, layers.Count < config.DiffIds.Count ? config.DiffIds[layers.Count] : null));
        Descriptor manifest = AddDocument(MediaTypes.Manifest, DockerDocuments.Manifest(AddDocument(MediaTypes.Config, bytes), layers));
        return image.RepoTags.Count == 0 ? [manifest] : image.RepoTags.Select(tag => manifest with { Annotations = Names(tag) });
    }

    private byte[] ReadConfig(string name) => _files.ReadLinkedDocument(Clean(name)) ?? throw SourceErrors.MissingBlob(ArchiveName.Show(Clean(name)));

    private Descriptor DescribeLayer(string file, Digest? diffId)
    {
        string name = Clean(file);
        string shown = ArchiveName.Show(name);
        ArchiveEntry entry = _files.Find(name) ?? throw SourceErrors.MissingBlob(shown);
        using PeekStream stream = new(_files.Open(entry, shown), FileMagic.HeadBytes);
        Codec? codec = Codecs.Of(stream.Head);
        Digest digest = codec?.Decoder is null && diffId is not null ? diffId : Hash(entry, stream);
        _layers.TryAdd(digest, entry);
        return new Descriptor(MediaTypes.LayerOf(codec?.Suffix), digest, entry.Size);
    }

    /// <summary>Each file once, however often it is listed.</summary>
    private Digest Hash(ArchiveEntry entry, Stream content)
    {
        if (_hashed.TryGetValue(entry.Offset, out Digest? known))
            return known;
        using IncrementalHash hash = DigestHash.Create("sha256");
        byte[] buffer = new byte[256 << 10];
        int count;
        while ((count = content.Read(buffer)) > 0)
            hash.AppendData(buffer, 0, count);
        return _hashed[entry.Offset] = DigestHash.Finish(hash);
    }

    private Descriptor AddDocument(string mediaType, byte[] bytes)
    {
        Digest digest = DigestHash.Of(bytes);
        _documents[digest] = bytes;
        return new Descriptor(mediaType, digest, bytes.Length);
    }

    private static string Clean(string name) =>
        ArchiveName.Clean(name) ?? throw SourceErrors.BadDockerArchive(DockerImage.FileName, $"the file name '{SafeText.Show(name)}', which leads out of the archive");

    private static Dictionary<string, string> Names(string repoTag)
    {
        Dictionary<string, string> names = new() { ["io.containerd.image.name"] = repoTag };
        int colon = repoTag.LastIndexOf(':');
        if (colon > repoTag.LastIndexOf('/'))
            names["org.opencontainers.image.ref.name"] = repoTag[(colon + 1)..];
        return names;
    }
}
