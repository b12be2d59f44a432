using System.Security.Cryptography;
using System.Text;

namespace Oci.Rootfs.Text;

/// <summary>The digests that the engine itself makes, in the form in which the image-spec writes them: <c>sha256:…</c>.</summary>
internal static class Sha256Text
{
    public static string OfHash(ReadOnlySpan<byte> hash) => "sha256:" + Convert.ToHexStringLower(hash);

    public static string Of(ReadOnlySpan<byte> bytes) => OfHash(SHA256.HashData(bytes));

    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));
}
