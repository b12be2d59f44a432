using System.Security.Cryptography;
using Oci.Rootfs.Content;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Content;

public sealed class VerifyingStreamTests
{
    private static readonly byte[] Content = "some content"u8.ToArray();

    private static Descriptor Describe(byte[] content, long? size = null, bool sha512 = false)
    {
        string text = sha512 ? "sha512:" + Convert.ToHexStringLower(SHA512.HashData(content)) : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
        Assert.True(Digest.TryParse(text, out Digest? digest));
        return new Descriptor("x", digest, size ?? content.Length);
    }

    private static VerifyingStream Open(byte[] stored, Descriptor descriptor) => new(new MemoryStream(stored), descriptor);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Content_that_is_what_it_should_be_passes_rule_85(bool sha512)
    {
        using VerifyingStream stream = Open(Content, Describe(Content, sha512: sha512));
        byte[] read = new byte[100];
        Assert.Equal(Content.Length, stream.Read(read));
        Assert.Equal(0, stream.Read(read));
        stream.VerifyToEnd();
    }

    [Fact]
    public void Other_content_fails_before_the_end_is_reported_rule_85()
    {
        using VerifyingStream stream = Open("some c0ntent"u8.ToArray(), Describe(Content));
        byte[] read = new byte[100];
        Assert.Equal(Content.Length, stream.Read(read));
        OciException e = Error("OCI3002", () => Assert.Equal(-1, stream.Read(read)));
        Assert.Equal(Describe(Content).Digest.ToString(), e.Expected);
        Assert.Equal(Describe("some c0ntent"u8.ToArray()).Digest.ToString(), e.Found);
    }

    [Fact]
    public void A_shorter_blob_fails_by_its_size_first_rule_85()
    {
        using VerifyingStream stream = Open(Content[..5], Describe(Content));
        OciException e = Error("OCI3001", stream.VerifyToEnd);
        Assert.Equal("12 bytes", e.Expected);
        Assert.Equal("5 bytes", e.Found);
    }

    [Fact]
    public void A_longer_blob_fails_as_soon_as_it_is_longer_though_its_digest_is_right_rule_85()
    {
        using VerifyingStream stream = Open(Content, Describe(Content, size: 11));
        Error("OCI3001", () => Assert.Equal(-1, stream.Read(new byte[12])));
    }

    [Fact]
    public void An_empty_blob_is_verified_too()
    {
        using VerifyingStream good = Open([], Describe([]));
        good.VerifyToEnd();
        using VerifyingStream bad = Open([], Describe(Content, size: 0));
        Error("OCI3002", bad.VerifyToEnd);
    }
}
