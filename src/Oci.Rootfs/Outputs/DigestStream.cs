using System.Security.Cryptography;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Outputs;

/// <summary>Passes bytes on to a file, and knows their digest. The file stays open.</summary>
internal sealed class DigestStream(Stream output) : WriteOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        output.Write(buffer);
    }

    public override void Flush() => output.Flush();

    /// <summary>The digest of all bytes, <c>sha256:…</c>.</summary>
    public string Finish() => Sha256Text.OfHash(_hash.GetHashAndReset());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
