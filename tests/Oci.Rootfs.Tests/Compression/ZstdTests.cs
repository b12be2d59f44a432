using System.Runtime.CompilerServices;
using Oci.Images;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using static Oci.Rootfs.Tests.Compression.Samples;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>What zstd is and what is none: the same whichever decoder reads it.</summary>
public abstract class ZstdTests
{
    private const int DefaultWindowLog = 27;

    private static readonly byte[] Tar = Samples.Tar;
    private static readonly byte[] Skip = [0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];

    /// <summary>With entropy-coded blocks and a checksum.</summary>
    private static readonly byte[] Coded = Convert.FromBase64String(ZstdSelfTest.Frame), CodedContent = ZstdSelfTest.Content();

    private protected abstract IZstdDecoder Make(int windowLog);

    private byte[] Decode(byte[] blob, int bufferSize = 64 << 10, int mostAtOnce = int.MaxValue, int windowLog = DefaultWindowLog) =>
        Decode(new Trickle(blob, mostAtOnce), bufferSize, windowLog);

    private byte[] Decode(ForwardStream compressed, int bufferSize = 64 << 10, int windowLog = DefaultWindowLog)
    {
        using ZstdStream stream = new(compressed, Make(windowLog), 1L << windowLog, new EngineContext());
        return ReadAll(stream, bufferSize);
    }

    [Theory]
    [InlineData(1, 64 << 10, int.MaxValue)]
    [InlineData(5, 100, int.MaxValue)]
    [InlineData(7, 1, int.MaxValue)]
    [InlineData(2, 64 << 10, 1)]
    [InlineData(3, 5, 3)]
    public void Any_number_of_frames_is_read_whole_rule_86(int frames, int bufferSize, int mostAtOnce) =>
        Assert.Equal(Tar, Decode(ImageLayer.ZstdOf(Tar, frames), bufferSize, mostAtOnce));

    [Fact]
    public void Skippable_frames_first_last_and_between_are_skipped_rule_86()
    {
        Assert.Equal(Tar, Decode([.. Skip, .. ImageLayer.ZstdOf(Tar[..100]), .. Skip, .. ImageLayer.ZstdOf(Tar[100..]), .. Skip, .. Skip]));
        Assert.Equal(Tar, Decode([.. Skip, .. ImageLayer.ZstdOf(Tar[..100]), .. Skip, .. ImageLayer.ZstdOf(Tar[100..]), .. Skip, .. Skip], 1000, 1));
        Assert.Empty(Decode(Skip));
    }

    [Fact]
    public void Every_skippable_frame_is_skipped_an_empty_one_too()
    {
        for (int kind = 0x50; kind < 0x60; kind++)
            Assert.Equal(CodedContent, Decode([(byte)kind, .. Skip[1..4], 0, 0, 0, 0, .. Coded]));
    }

    [Fact]
    public void Frames_are_told_apart_wherever_a_read_ends_rule_86()
    {
        byte[] blob = [.. Coded, .. Skip, .. ImageLayer.ZstdOf([]), .. Coded, .. ImageLayer.ZstdOf(Tar[..40])];
        byte[] content = [.. CodedContent, .. CodedContent, .. Tar[..40]];
        for (int cut = 1; cut < blob.Length; cut++)
            Assert.Equal(content, Decode(new Pieces(blob, cut)));
        foreach (int mostAtOnce in (int[])[1, 2, 3, 7, 17])
            Assert.Equal(content, Decode(blob, mostAtOnce, mostAtOnce));
    }

    [Fact]
    public void Data_that_breaks_off_anywhere_is_an_error_rule_86()
    {
        foreach (byte[] whole in (byte[][])[ImageLayer.ZstdOf(Tar[..600]), Coded, Skip, [.. Coded, .. Skip], [.. Coded, .. Coded]])
        {
            for (int cut = 1; cut < whole.Length; cut++)
            {
                if (whole.Length > Coded.Length && cut == Coded.Length)
                    continue;
                Error("OCI3005", () => Decode(whole[..cut]));
                Error("OCI3005", () => Decode(whole[..cut], 100, 7));
            }
        }
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("x")]
    [InlineData("\0")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("\u0028\u00b5\u002e")]
    [InlineData("\u0050\u002a\u004e")]
    public void Anything_else_behind_a_frame_is_an_error(string garbage)
    {
        byte[] blob = [.. Coded, .. System.Text.Encoding.Latin1.GetBytes(garbage)];
        Error("OCI3004", () => Decode(blob));
        Error("OCI3004", () => Decode(blob, 100, 1));
    }

    [Theory]
    [InlineData(0x24)]
    [InlineData(0x25)]
    [InlineData(0x26)]
    [InlineData(0x27)]
    public void A_frame_of_the_first_years_format_is_an_error(byte version) =>
        Error("OCI3004", () => Decode([.. Coded, version, 0xb5, 0x2f, 0xfd, .. new byte[40]]));

    [Fact]
    public void A_window_over_the_limit_is_an_error()
    {
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 18 << 3, 0x01, 0, 0];
        Error("OCI4223", () => Decode(frame));
        frame[5] = (17 << 3) + 1;
        Error("OCI4223", () => Decode(frame));
        frame[5] = 17 << 3;
        Assert.Empty(Decode(frame));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64 << 10)]
    public void A_window_over_the_limit_is_an_error_though_the_frame_is_there_as_a_whole_and_has_room(int bufferSize)
    {
        // With a content size of 256 and one block of as many equal bytes.
        byte[] windowed = [0x28, 0xb5, 0x2f, 0xfd, 0x40, 1 << 3, 0, 0, 0x03, 0x08, 0, (byte)'a'];
        byte[] oneSegment = [0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 8, 0x03, 0x40, 0, (byte)'a'];
        Assert.Equal(256, Decode(windowed, bufferSize, windowLog: 11).Length);
        Error("OCI4223", () => Decode(windowed, bufferSize, windowLog: 10));
        Error("OCI4223", () => Decode(oneSegment, bufferSize, windowLog: 11));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64 << 10)]
    public void A_block_over_the_window_is_an_error_though_the_frame_is_there_as_a_whole_and_has_room(int bufferSize)
    {
        // A window of 1 KiB, a content size of 2048, one block of as many equal bytes.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0x40, 0, 0, 7, 0x03, 0x40, 0, (byte)'a'];
        Error("OCI3004", () => Decode(frame, bufferSize));
        frame[5] = 1 << 3;
        Assert.Equal(2048, Decode(frame, bufferSize).Length);
    }

    [Theory]
    [InlineData(0x20, 0)]
    [InlineData(0xe0, 8)]
    [InlineData(0xa3, 8)]
    public void Every_form_of_a_header_that_breaks_off_is_an_error(byte descriptor, int more) =>
        Error("OCI3005", () => Decode([0x28, 0xb5, 0x2f, 0xfd, descriptor, .. new byte[Math.Max(0, more - 1)]]));

    [Fact]
    public void A_wrong_checksum_is_an_error()
    {
        for (int at = 1; at <= 4; at++)
        {
            byte[] damaged = [.. Coded, .. Coded];
            damaged[^at] ^= 0x10;
            Error("OCI3004", () => Decode(damaged));
            Error("OCI3004", () => Decode(damaged, 100, 7));
        }
    }

    [Fact]
    public void A_dictionary_that_nobody_has_is_an_error() =>
        Error("OCI3004", () => Decode([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0, 42, 0x01, 0, 0]));

    [Fact]
    public void Any_turned_bit_of_a_frame_with_a_checksum_is_an_error_or_changes_nothing()
    {
        for (int bit = 32; bit < Coded.Length * 8; bit++)
        {
            byte[] damaged = [.. Coded];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(CodedContent, Decode(damaged));
            }
            catch (OciException e)
            {
                Assert.Contains(e.Code, (string[])["OCI3004", "OCI3005", "OCI4223"]);
            }
        }
    }

    [Fact]
    public void An_error_of_the_blob_comes_out_as_itself() => Assert.Throws<EndOfStreamException>(() => Decode(new Failing()));

    [Fact]
    public void A_decoder_that_nobody_disposed_of_is_freed()
    {
        WeakReference forgotten = Forget();
        for (int i = 0; i < 10 && forgotten.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(forgotten.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference Forget() => new(Make(DefaultWindowLog), trackResurrection: true);

    private sealed class Failing : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            if (BytesRead > 0)
                throw new EndOfStreamException();
            BytesRead = 20;
            Coded.AsSpan(0, 20).CopyTo(buffer);
            return 20;
        }
    }
}
