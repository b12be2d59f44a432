using System.Security.Cryptography;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Content;

/// <summary>
/// Counts and hashes a blob's bytes while they pass. It reports the end of the data only when the size, and then the digest, match the
/// descriptor; otherwise that read fails (rule 85). Owns the stream that it reads.
/// </summary>
internal sealed class VerifyingStream : ForwardStream
{
    private readonly Stream _source;
    private readonly Descriptor _descriptor;
    private readonly IncrementalHash _hash;
    private bool _verified;

    public VerifyingStream(Stream source, Descriptor descriptor)
    {
        _source = source;
        _descriptor = descriptor;
        _hash = DigestHash.Create(descriptor.Digest.Algorithm);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_verified || buffer.IsEmpty)
            return 0;
        int count = _source.Read(buffer);
        if (count == 0)
        {
            Verify();
            return 0;
        }
        BytesRead += count;
        if (BytesRead > _descriptor.Size)
            throw IntegrityErrors.WrongSize(_descriptor.Digest.ToString(), _descriptor.Size, "more");
        _hash.AppendData(buffer[..count]);
        return count;
    }

    /// <summary>Reads the rest and checks it.</summary>
    public void VerifyToEnd()
    {
        byte[] buffer = new byte[64 << 10];
        while (Read(buffer) > 0)
        {
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Verify()
    {
        if (BytesRead != _descriptor.Size)
            throw IntegrityErrors.WrongSize(_descriptor.Digest.ToString(), _descriptor.Size, BytesRead);
        Digest found = DigestHash.Finish(_hash);
        if (found != _descriptor.Digest)
            throw IntegrityErrors.WrongDigest(_descriptor.Digest.ToString(), found.ToString());
        _verified = true;
    }
}
