using System.IO.Compression;
using Oci.Images;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using static Oci.Rootfs.Tests.Compression.Samples;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>What gzip is and what is none: the same whichever decoder reads it.</summary>
public abstract class GzipTests
{
    private static readonly byte[] Tar = Samples.Tar, EmptyMember = ImageLayer.GzipOf([]);

    protected abstract bool UseNativeDecoders { get; }

    private Stream Open(Stream compressed)
    {
        Stream stream = Codecs.Open(Codecs.Gzip, compressed, new EngineContext { UseNativeDecoders = UseNativeDecoders });
        Assert.Equal(UseNativeDecoders, stream is IsalGzipStream);
        return stream;
    }

    private byte[] Decode(byte[] blob, int bufferSize = 64 << 10, int mostAtOnce = int.MaxValue) => Decode(new Trickle(blob, mostAtOnce), bufferSize);

    private byte[] Decode(Stream compressed, int bufferSize = 64 << 10)
    {
        using Stream stream = Open(compressed);
        return ReadAll(stream, bufferSize);
    }

    [Theory]
    [InlineData(1, 64 << 10, int.MaxValue)]
    [InlineData(2, 64 << 10, int.MaxValue)]
    [InlineData(100, 1000, int.MaxValue)]
    [InlineData(7, 1, int.MaxValue)]
    [InlineData(3, 64 << 10, 1)]
    [InlineData(3, 5, 3)]
    public void Gzip_of_any_number_of_members_is_read_whole_rule_86(int members, int bufferSize, int mostAtOnce) =>
        Assert.Equal(Tar, Decode(ImageLayer.GzipOf(Tar, members), bufferSize, mostAtOnce));

    [Fact]
    public void Empty_gzip_members_first_last_and_between_are_read_rule_86() =>
        Assert.Equal(Tar, Decode([.. EmptyMember, .. ImageLayer.GzipOf(Tar[..5000]), .. EmptyMember, .. EmptyMember, .. ImageLayer.GzipOf(Tar[5000..]), .. EmptyMember]));

    [Fact]
    public void A_gzip_of_nothing_is_an_empty_layer_rule_75() => Assert.Empty(Decode(EmptyMember));

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(511)]
    [InlineData(8192)]
    [InlineData(1 << 20)]
    public void Zeros_behind_gzip_are_ignored_rule_86(int zeros)
    {
        foreach (byte[] layer in (byte[][])[ImageLayer.GzipOf(Tar), ImageLayer.GzipOf(Tar, 3), EmptyMember])
            Decode([.. layer, .. new byte[zeros]], mostAtOnce: 4096);
        Assert.Equal(Tar, Decode([.. ImageLayer.GzipOf(Tar), .. new byte[zeros]]));
    }

    [Fact]
    public void Zeros_inside_gzip_data_are_data()
    {
        byte[] zeros = [.. Tar, .. new byte[300_000]];
        Assert.Equal(zeros, Decode(Stored(zeros), mostAtOnce: 1000));
        Assert.Equal(zeros, Decode([.. Stored(zeros), .. new byte[999]], mostAtOnce: 1000));
    }

    [Fact]
    public void Gzip_that_breaks_off_anywhere_is_an_error_rule_86()
    {
        foreach (byte[] gzip in (byte[][])[ImageLayer.GzipOf(Tar[..3000]), ImageLayer.GzipOf(Tar[..2000], 2), [.. ImageLayer.GzipOf(Tar[..1024]), .. EmptyMember], ImageLayer.GzipOf(new byte[100_000])])
        {
            int end = gzip.Length;
            for (int cut = 3; cut < end; cut++)
            {
                if (IsMemberEnd(gzip, cut))
                    continue;
                OciException e = Assert.Throws<OciException>(() => Decode(gzip[..cut]));
                Assert.Contains(e.Code, (string[])["OCI3004", "OCI3005", "OCI3006"]);
            }
        }
    }

    [Fact]
    public void Stored_gzip_that_breaks_off_is_an_error_too_rule_86()
    {
        byte[] blob = Stored(new byte[2000]);
        for (int cut = 3; cut < blob.Length - 8; cut += 13)
            Error("OCI3005", () => Decode(blob[..cut]));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("\0\0\0\0garbage\0\0\0")]
    [InlineData("\u001f")]
    [InlineData("x")]
    [InlineData("\u001f\u008a")]
    [InlineData("\u001f\0")]
    [InlineData("\u001f\0\0\0\0")]
    public void Anything_else_behind_gzip_is_an_error(string garbage)
    {
        byte[] blob = [.. ImageLayer.GzipOf(Tar), .. System.Text.Encoding.Latin1.GetBytes(garbage)];
        OciException e = Assert.Throws<OciException>(() => Decode(blob));
        // .NET takes the half of a member's two first bytes for a damaged member.
        Assert.Contains(e.Code, (string[])["OCI3004", "OCI3005", "OCI3006"]);
        Assert.True(!UseNativeDecoders || e.Code == (garbage == "\u001f" ? "OCI3005" : "OCI3006"));
    }

    [Theory]
    [InlineData(0x1f)]
    [InlineData(0x1f00)]
    [InlineData(0x1f0000)]
    public void A_length_that_ends_like_a_member_begins_is_a_length(int length)
    {
        byte[] blob = ImageLayer.GzipOf(new byte[length]);
        for (int zeros = 0; zeros < 6; zeros++)
            Assert.Equal(length, Decode([.. blob, .. new byte[zeros]]).Length);
    }

    [Fact]
    public void A_member_behind_zeros_is_an_error() => Error("OCI3006", () => Decode([.. ImageLayer.GzipOf(Tar), .. new byte[9], .. ImageLayer.GzipOf(Tar)]));

    [Fact]
    public void A_wrong_checksum_or_length_in_gzip_is_an_error()
    {
        foreach (int at in (int[])[-8, -1])
        {
            byte[] blob = ImageLayer.GzipOf(Tar);
            blob[blob.Length + at] ^= 1;
            Error("OCI3004", () => Decode(blob));
        }
    }

    [Fact]
    public void Members_are_told_apart_wherever_a_read_ends_rule_86()
    {
        byte[][] members = [ImageLayer.GzipOf(Tar[..300]), EmptyMember, Stored(Tar[..40]), GzipHeaders.With(0x1f, Tar[..20]), ImageLayer.GzipOf(new byte[40_000])];
        byte[] blob = [.. members.SelectMany(static m => m), 0, 0, 0];
        byte[] content = [.. Tar[..300], .. Tar[..40], .. Tar[..20], .. new byte[40_000]];
        for (int cut = 1; cut < blob.Length; cut++)
            Assert.Equal(content, Decode(new Pieces(blob, cut)));
        foreach (int mostAtOnce in (int[])[1, 2, 3, 7, 8, 9])
            Assert.Equal(content, Decode(blob, 1, mostAtOnce));
    }

    [Fact]
    public void Members_are_told_apart_wherever_the_decoders_own_buffer_ends_rule_86()
    {
        byte[] noise = Noise((256 << 10) - 250);
        byte[] first = Stored(noise);
        Assert.InRange(first.Length, (256 << 10) - 250, 256 << 10);
        for (int more = 0; more < 300; more++)
        {
            byte[] second = ImageLayer.GzipOf(Tar[..100]);
            byte[] blob = [.. GzipHeaders.Lengthen(first, more), .. second, .. second, 0];
            Assert.Equal(noise.Length + 200, Decode(blob).Length);
        }
    }

    [Fact]
    public void Every_form_of_a_header_is_read()
    {
        for (int flags = 0; flags < 32; flags++)
        {
            byte[] member = GzipHeaders.With((byte)flags, Tar[..100]);
            byte[] expected = [.. Tar[..100], .. Tar[..100]];
            Assert.Equal(expected, Decode([.. member, .. member]));
            Assert.Equal(expected, Decode([.. member, .. member], 7, 1));
            for (int cut = 3; cut < member.Length; cut++)
                Error("OCI3005", () => Decode(member[..cut]));
        }
    }

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x40)]
    [InlineData(0x80)]
    public void Flags_of_a_header_that_nobody_knows_are_an_error(byte flag)
    {
        byte[] member = ImageLayer.GzipOf(Tar);
        member[3] |= flag;
        Error("OCI3004", () => Decode(member));
        Error("OCI3004", () => Decode([.. ImageLayer.GzipOf(Tar), .. member]));
    }

    [Fact]
    public void Another_method_than_deflate_is_an_error()
    {
        byte[] member = ImageLayer.GzipOf(Tar);
        member[2] = 7;
        Error("OCI3004", () => Decode([.. ImageLayer.GzipOf(Tar), .. member]));
    }

    [Fact]
    public void A_wrong_checksum_of_a_header_is_an_error()
    {
        byte[] member = GzipHeaders.With(0x1f, Tar[..100]);
        for (int at = 4; at < GzipHeaders.Length(0x1f); at++)
        {
            byte[] damaged = [.. member];
            damaged[at] ^= 0x80;
            if (at is not (10 or 11)) // The length of the extra field.
                Error("OCI3004", () => Decode(damaged));
        }
    }

    [Fact]
    public void A_member_that_refers_to_what_is_before_it_is_an_error()
    {
        // A fixed block: the literal 'a', then three bytes from a distance of two (RFC 1951, 3.2.6).
        byte[] bad = [.. EmptyMember[..10], 0x4b, 0x04, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Error("OCI3004", () => Decode([.. ImageLayer.GzipOf(Tar), .. bad]));
    }

    [Fact]
    public void A_member_of_more_than_4_GiB_is_read_and_its_length_is_checked_modulo_2_to_32()
    {
        byte[] blob = GzipHeaders.Zeros(out long length);
        Assert.True(length > uint.MaxValue);
        using (Stream stream = Open(new MemoryStream(blob)))
            Assert.Equal(length, Length(stream));
        blob[^1] ^= 1;
        using (Stream stream = Open(new MemoryStream(blob)))
            Error("OCI3004", () => Length(stream));
    }

    private static long Length(Stream stream)
    {
        byte[] buffer = new byte[256 << 10];
        long length = 0;
        int count;
        while ((count = stream.Read(buffer)) > 0)
            length += count;
        return length;
    }

    private static byte[] Stored(byte[] data)
    {
        using MemoryStream stored = new();
        using (GZipStream gzip = new(stored, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(data);
        return stored.ToArray();
    }

    /// <summary>A cut after a whole member leaves whole gzip.</summary>
    private static bool IsMemberEnd(byte[] gzip, int cut) => cut == gzip.Length || gzip.AsSpan(cut).StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b, 8]);
}
