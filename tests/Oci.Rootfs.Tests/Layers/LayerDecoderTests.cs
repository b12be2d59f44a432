using Oci.Images;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Tests.Compression;
using static Oci.Rootfs.Tests.Compression.Samples;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Layers;

public sealed class LayerDecoderTests
{
    private const string Gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    private const string Zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
    private const string Plain = "application/vnd.oci.image.layer.v1.tar";

    private static readonly byte[] Tar = Samples.Tar;

    private readonly List<string?> _warnings = [];

    private byte[] Decode(byte[] blob, string mediaType, RootfsLimits? limits = null, int bufferSize = 64 << 10, int mostAtOnce = int.MaxValue)
    {
        limits ??= new RootfsLimits();
        RootfsLog log = new(m => _warnings.Add(m.Code));
        using Stream stream = LayerDecoder.Open(new Trickle(blob, mostAtOnce), blob.Length, mediaType, new EngineContext(limits, log), new InflationBudget(limits));
        return ReadAll(stream, bufferSize);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Compressed_data_whose_signed_sum_a_lenient_reader_finds_in_the_checksum_field_is_no_tar_rule_87(int digit)
    {
        // A gzip member with a file name, in which the sum can be made what is wanted: that of the field's one digit, or 0 without one.
        byte[] blob = GzipHeaders.Lengthen(ImageLayer.GzipOf(Tar), 601);
        blob.AsSpan(148, 8).Fill((byte)'x');
        blob[150] = (byte)(digit == 0 ? 'x' : '0' + digit);
        int sum = 8 * ' ' + blob[..512].Where(static (_, at) => at is < 148 or >= 156).Sum(static b => (sbyte)b) - digit;
        for (int at = 511; sum != 0; at--)
        {
            int value = Math.Clamp((sbyte)blob[at] - sum, sbyte.MinValue, sbyte.MaxValue);
            value = value == 0 ? -1 : value; // A NUL would end the name.
            sum += value - (sbyte)blob[at];
            blob[at] = (byte)value;
        }
        Assert.Equal(Tar, Decode(blob, Gzip));
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Zstd_is_read_by_either_decoder_within_the_limit_on_windows(bool useNative)
    {
        Assert.Equal(Tar, DecodeZstd(useNative, 1 << 20));
        Error("OCI4223", () => DecodeZstd(useNative, (1 << 17) - 1));

        static byte[] DecodeZstd(bool useNative, long mostWindowBytes)
        {
            byte[] blob = ImageLayer.ZstdOf(Tar);
            RootfsLimits limits = new() { MaxZstdWindowBytes = mostWindowBytes };
            EngineContext context = new(limits, RootfsLog.None) { UseNativeDecoders = useNative };
            using Stream stream = LayerDecoder.Open(new MemoryStream(blob), blob.Length, Zstd, context, new InflationBudget(limits));
            return ReadAll(stream);
        }
    }

    [Fact]
    public void A_layer_of_no_bytes_is_an_empty_layer_rule_75()
    {
        foreach (string mediaType in (string[])[Plain, Gzip, Zstd])
            Assert.Empty(Decode([], mediaType));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_plain_tar_is_passed_as_it_is() => Assert.Equal(Tar, Decode(Tar, Plain));

    [Fact]
    public void Magic_bytes_decide_and_a_media_type_that_says_otherwise_warns_rule_87()
    {
        Assert.Equal(Tar, Decode(ImageLayer.GzipOf(Tar), Zstd));
        Assert.Equal(Tar, Decode(ImageLayer.ZstdOf(Tar), Plain));
        Assert.Equal(Tar, Decode(Tar, Gzip));
        Assert.Equal(["OCI3009", "OCI3009", "OCI3009"], _warnings);
    }

    [Theory]
    [InlineData("\u00fd7zXZ\0", "xz")]
    [InlineData("\u0004\"M\u0018", "lz4")]
    [InlineData("hsqs", "squashfs")]
    public void Other_compressions_are_refused_by_name(string magic, string name)
    {
        byte[] blob = [.. System.Text.Encoding.Latin1.GetBytes(magic), .. new byte[600]];
        Assert.Contains(name, Error("OCI3007", () => Decode(blob, Gzip)).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 64 << 10, int.MaxValue)]
    [InlineData(5, 100, int.MaxValue)]
    [InlineData(3, 64 << 10, 1)]
    public void Bzip2_of_any_number_of_streams_is_read_whole_and_warns_because_no_media_type_says_it(int streams, int bufferSize, int mostAtOnce)
    {
        Assert.Equal(Tar, Decode(ImageLayer.Bzip2Of(Tar, streams), Plain, null, bufferSize, mostAtOnce));
        Assert.Equal(["OCI3009"], _warnings);
    }

    [Fact]
    public void Zeros_behind_bzip2_are_ignored_and_anything_else_is_an_error()
    {
        byte[] bzip2 = ImageLayer.Bzip2Of(Tar);
        Assert.Equal(Tar, Decode([.. bzip2, .. new byte[100_000]], Plain));
        Error("OCI3006", () => Decode([.. bzip2, .. "garbage"u8], Plain));
        Error("OCI3006", () => Decode([.. bzip2, 0, 0, .. bzip2], Plain));
    }

    [Fact]
    public void Bzip2_that_breaks_off_anywhere_is_an_error()
    {
        byte[] bzip2 = ImageLayer.Bzip2Of(Tar[..3000]);
        for (int cut = 4; cut < bzip2.Length; cut++)
            Error("OCI3005", () => Decode(bzip2[..cut], Plain));
    }

    [Fact]
    public void Bzip2_with_any_bit_turned_is_an_error_and_nothing_else_happens()
    {
        byte[] bzip2 = ImageLayer.Bzip2Of(Tar[..3000]);
        for (int bit = 32; bit < bzip2.Length * 8; bit += 3)
        {
            byte[] damaged = [.. bzip2];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            // The bits that pad the last byte mean nothing.
            if (bit / 8 == bzip2.Length - 1)
                continue;
            Oci.Rootfs.Errors.OciException e = Assert.Throws<Oci.Rootfs.Errors.OciException>(() => Decode(damaged, Plain));
            Assert.Contains(e.Code, (string[])["OCI3004", "OCI3005"]);
        }
    }

    [Fact]
    public void Thousands_of_empty_bzip2_streams_end_at_a_limit()
    {
        byte[] empty = [.. "BZh1"u8, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];
        Assert.Empty(Decode(empty, Plain));
        Error("OCI3004", () => Decode([.. Enumerable.Repeat(empty, 1001).SelectMany(static b => b)], Plain));
    }

    [Fact]
    public void An_error_of_the_blob_comes_out_of_bzip2_as_itself()
    {
        byte[] bzip2 = ImageLayer.Bzip2Of(Tar);
        RootfsLimits limits = new();
        Assert.True(Oci.Rootfs.Spec.Digest.TryParse("sha256:" + new string('0', 64), out Oci.Rootfs.Spec.Digest? wrong));
        VerifyingStream blob = new(new MemoryStream(bzip2[..^1]), new Oci.Rootfs.Spec.Descriptor(Plain, wrong, bzip2.Length));
        Error("OCI3001", () => LayerDecoder.Open(blob, bzip2.Length, Plain, new EngineContext(limits, RootfsLog.None), new InflationBudget(limits)).CopyTo(Stream.Null));
    }

    [Fact]
    public void File_system_images_that_begin_with_zeros_are_refused_by_name()
    {
        byte[] erofs = new byte[8192];
        ((ReadOnlySpan<byte>)[0xe2, 0xe1, 0xf5, 0xe0]).CopyTo(erofs.AsSpan(1024));
        Assert.Contains("erofs", Error("OCI3007", () => Decode(erofs, Plain)).Found, StringComparison.Ordinal);
        byte[] ext4 = new byte[8192];
        ((ReadOnlySpan<byte>)[0x53, 0xef]).CopyTo(ext4.AsSpan(1080));
        Assert.Contains("ext4", Error("OCI3007", () => Decode(ext4, Plain)).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tar_whose_first_name_looks_like_bzip2_is_a_tar()
    {
        byte[] tar = Tars.Of(Tars.File("BZh91AY&SY", "x"));
        Assert.Equal(tar, Decode(tar, Plain));
    }

    [Theory]
    [InlineData("application/vnd.oci.image.layer.v1.tar+encrypted")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+bzip2")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+xz")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+")]
    [InlineData("application/vnd.oci.image.layer.v1.tar.gzip")]
    [InlineData("application/vnd.oci.image.layer.v1.ta")]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+GZIP")]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar+gzip")]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar.")]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gz")]
    [InlineData("application/octet-stream")]
    [InlineData("")]
    public void An_unknown_media_type_is_refused_by_name_rule_88(string mediaType) =>
        Assert.Equal(mediaType, Error("OCI2022", () => Decode(Tar, mediaType)).Found);

    [Theory]
    [InlineData("application/vnd.oci.image.layer.v1.tar", '+')]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar", '+')]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar", '.')]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar", '.')]
    public void The_media_types_of_OCI_of_docker_and_of_foreign_layers_are_known_rule_88(string tar, char separator)
    {
        Assert.Equal(Tar, Decode(Tar, tar));
        Assert.Equal(Tar, Decode(ImageLayer.GzipOf(Tar), tar + separator + "gzip"));
        Assert.Equal(Tar, Decode(ImageLayer.ZstdOf(Tar), tar + separator + "zstd"));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_bomb_stops_at_the_ratio_and_a_small_layer_may_be_compressed_as_well_as_it_likes()
    {
        RootfsLimits limits = new() { MaxCompressionRatio = 2, RatioFreeBytes = 6 << 20 };
        Assert.Equal(6 << 20, Decode(ImageLayer.GzipOf(Ones(6 << 20)), Gzip, limits).Length);
        Error("OCI4222", () => Decode(ImageLayer.GzipOf(Ones(7 << 20)), Gzip, limits));
    }

    [Fact]
    public void What_compresses_well_before_noise_is_held_against_the_whole_blob_and_only_beyond_the_free_bytes()
    {
        byte[] layer = [.. Ones(4 << 20), .. Noise(1 << 20)];
        byte[] blob = ImageLayer.GzipOf(layer);
        Assert.Equal(layer, Decode(blob, Gzip, new RootfsLimits { MaxCompressionRatio = 4, RatioFreeBytes = 1 << 20 }));
        Error("OCI4222", () => Decode(blob, Gzip, new RootfsLimits { MaxCompressionRatio = 3, RatioFreeBytes = 1 << 20 }));
    }

    [Fact]
    public void A_layer_of_one_byte_over_and_over_is_honest_though_zstd_makes_a_32768th_of_it()
    {
        byte[] blob = ZstdRuns(1, blocks: 1024);
        Assert.Equal(128 << 20, Decode(blob, Zstd).Length);
        Error("OCI4222", () => Decode(blob, Zstd, new RootfsLimits { RatioFreeBytes = 64 << 20 }));
    }

    [Fact]
    public void All_layers_share_the_limit_on_inflated_bytes()
    {
        RootfsLimits limits = new() { MaxUncompressedBytes = Tar.Length * 2 };
        InflationBudget budget = new(limits);
        void Read()
        {
            byte[] blob = ImageLayer.GzipOf(Tar);
            using Stream stream = LayerDecoder.Open(new MemoryStream(blob), blob.Length, Gzip, new EngineContext(limits, RootfsLog.None), budget);
            stream.CopyTo(Stream.Null);
        }
        Read();
        Read();
        Error("OCI4221", Read);
    }

    [Fact]
    public void Zeros_that_become_holes_count_a_64th_in_both_limits_but_count()
    {
        byte[] blob = ZstdRuns(0, blocks: 1024);
        const int cost = (64 << 10) + (((128 << 20) - (64 << 10)) / 64);
        RootfsLimits enough = new() { MaxUncompressedBytes = cost, MaxCompressionRatio = 1, RatioFreeBytes = cost };
        Assert.Equal(128 << 20, Decode(blob, Zstd, enough).Length);
        Error("OCI4221", () => Decode(blob, Zstd, enough with { MaxUncompressedBytes = cost - 1 }));
        Error("OCI4222", () => Decode(blob, Zstd, enough with { RatioFreeBytes = cost - (2 * blob.Length) }));
    }

    /// <summary>A frame of blocks that are each one byte, 128 KiB times (RFC 8878, 3.1.1.2).</summary>
    private static byte[] ZstdRuns(byte of, int blocks) =>
        [0x28, 0xb5, 0x2f, 0xfd, 0, 0x38, .. Enumerable.Range(1, blocks).SelectMany(i => (byte[])[(byte)(i == blocks ? 3 : 2), 0, 0x10, of])];

    private static byte[] Ones(int length)
    {
        byte[] ones = new byte[length];
        ones.AsSpan().Fill(1);
        return ones;
    }
}
