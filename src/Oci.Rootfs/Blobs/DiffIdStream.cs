using System.Security.Cryptography;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Blobs;

/// <summary>An inflated layer, hashed while it passes, with each algorithm that the image's diff_ids use. Owns the stream that it reads.</summary>
internal sealed class DiffIdStream(Stream source, IReadOnlyList<Digest> diffIds) : ForwardStream
{
    private readonly IncrementalHash[] _hashes = [.. diffIds.Select(static d => d.Algorithm).Distinct().Select(DigestHash.Create)];

    public override int Read(Span<byte> buffer)
    {
        int count = source.Read(buffer);
        BytesRead += count;
        foreach (IncrementalHash hash in _hashes)
            hash.AppendData(buffer[..count]);
        return count;
    }

    /// <summary>Reads what is left (a tar may end before its layer does, rule 74) and gives the layer's digests, one an algorithm.</summary>
    public IReadOnlyList<Digest> ReadToEnd()
    {
        byte[] buffer = new byte[256 << 10];
        while (Read(buffer) > 0)
        {
        }
        return [.. _hashes.Select(DigestHash.Finish)];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (IncrementalHash hash in _hashes)
                hash.Dispose();
            source.Dispose();
        }
        base.Dispose(disposing);
    }
}
