using System.Security.Cryptography;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Content;

/// <summary>Converts between digests and the hash functions that make them.</summary>
internal static class DigestHash
{
    public static IncrementalHash Create(string algorithm) =>
        IncrementalHash.CreateHash(algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    /// <summary>Returns the digest of the appended bytes; the hash then starts afresh.</summary>
    public static Digest Finish(IncrementalHash hash) =>
        Make(hash.AlgorithmName == HashAlgorithmName.SHA512 ? "sha512" : "sha256", hash.GetHashAndReset());

    public static Digest Of(ReadOnlySpan<byte> bytes) => Of(bytes, "sha256");

    /// <param name="bytes">The content.</param>
    /// <param name="algorithm">Null for <c>sha256</c>.</param>
    public static Digest Of(ReadOnlySpan<byte> bytes, string? algorithm) =>
        algorithm == "sha512" ? Make("sha512", SHA512.HashData(bytes)) : Make("sha256", SHA256.HashData(bytes));

    /// <summary>Reads a stream to its end.</summary>
    public static Digest Of(Stream content, string algorithm, CancellationToken cancellation)
    {
        using IncrementalHash hash = Create(algorithm);
        // A larger array would be a large object.
        byte[] buffer = new byte[64 << 10];
        while (content.Read(buffer) is > 0 and var count)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }
        return Finish(hash);
    }

    private static Digest Make(string algorithm, byte[] hash) =>
        Digest.TryParse($"{algorithm}:{Convert.ToHexStringLower(hash)}", out Digest? digest) ? digest : throw new InvalidOperationException(algorithm);
}
