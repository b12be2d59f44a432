using Oci.Rootfs.Content;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>An OCI layout in a tar archive.</summary>
internal sealed class OciArchive(ArchiveFiles files) : ImageSource
{
    public const string Index = "index.json";

    public override byte[] ReadIndex() => files.ReadDocument(Index) ?? throw SourceErrors.NoIndex();

    public override bool HasBlob(Digest digest) => files.Has(BlobName(digest));

    public override Stream OpenBlob(Descriptor descriptor)
    {
        string digest = descriptor.Digest.ToString();
        ArchiveEntry entry = files.Find(BlobName(descriptor.Digest)) ?? throw SourceErrors.MissingBlob(digest);
        return entry.Size == descriptor.Size ? files.Open(entry, digest) : throw IntegrityErrors.WrongSize(digest, descriptor.Size, entry.Size);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            files.Dispose();
    }

    private static string BlobName(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";
}
