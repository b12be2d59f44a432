using System.Security.Cryptography;
using Oci.Rootfs.Layers;

namespace Oci.Rootfs.Tests.Layers;

public sealed class LayerInputTests
{
    private const int Reserve = 20 << 20;

    [Fact]
    public void What_was_read_is_what_was_there_and_so_are_its_digests()
    {
        byte[] data = new byte[3_000_001];
        new Random(1).NextBytes(data);
        using LayerInput input = new(() => new MemoryStream(data), ["sha256", "sha512"], new ChunkPool(), LayerInput.UsualReserve, null, CancellationToken.None);

        Assert.Equal(data, ReadAll(input));
        Assert.Equal(
            ["sha256:" + Convert.ToHexStringLower(SHA256.HashData(data)), "sha512:" + Convert.ToHexStringLower(SHA512.HashData(data))],
            input.Digests().Select(static d => d.ToString()));
    }

    [Fact]
    public void A_failure_reaches_the_reader_after_what_came_before_it()
    {
        using LayerInput input = new(() => new FailingStream(600_000), ["sha256"], new ChunkPool(), LayerInput.UsualReserve, null, CancellationToken.None);
        long read = 0;

        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
        {
            for (int here; (here = input.Peek().Length) > 0; read += here)
                input.Consume(here);
        });

        Assert.Equal("damaged", error.Message);
        // Whole chunks that were complete before the failure.
        Assert.Equal(600_000 / Chunk.Bytes * Chunk.Bytes, read);
    }

    [Fact]
    public void A_failure_to_open_reaches_the_reader()
    {
        using LayerInput input = new(static () => throw new InvalidDataException("no such blob"), ["sha256"], new ChunkPool(), LayerInput.UsualReserve, null, CancellationToken.None);

        Assert.Throws<InvalidDataException>(() => input.Peek().Length);
        Assert.Throws<InvalidDataException>(() => input.Digests());
    }

    [Fact]
    public void Nobody_reads_ahead_further_than_the_reserve()
    {
        EndlessStream endless = new();
        using LayerInput input = new(() => endless, ["sha256"], new ChunkPool(), LayerInput.UsualReserve, null, CancellationToken.None);
        Assert.True(SpinWait.SpinUntil(() => endless.Delivered >= Reserve, TimeSpan.FromMinutes(1)));

        input.Dispose();

        Assert.Equal(Reserve, endless.Delivered);
        Assert.True(endless.IsDisposed);
    }

    [Fact]
    public void An_input_that_is_left_in_the_middle_ends_its_threads_and_closes_its_stream()
    {
        for (int i = 0; i < 200; i++)
        {
            EndlessStream endless = new();
            using (LayerInput input = new(() => endless, ["sha256"], new ChunkPool(), LayerInput.UsualReserve, null, CancellationToken.None))
                input.Consume(input.Peek().Length / 2);
            Assert.True(endless.IsDisposed);
        }
    }

    [Fact]
    public void A_blob_read_ahead_is_the_same_blob()
    {
        byte[] data = new byte[1_000_003];
        new Random(2).NextBytes(data);
        using ReadAheadStream stream = new(() => new MemoryStream(data), new ChunkPool(), null, CancellationToken.None);
        using MemoryStream copy = new();

        stream.CopyTo(copy, 10_007);

        Assert.Equal(data, copy.ToArray());
        Assert.Equal(0, stream.Read(new byte[1]));
    }

    private static byte[] ReadAll(LayerInput input)
    {
        using MemoryStream copy = new();
        while (!input.Peek().IsEmpty)
        {
            int here = Math.Min(input.Peek().Length, 100_003);
            copy.Write(input.Peek()[..here]);
            input.Consume(here);
        }
        return copy.ToArray();
    }

    private class EndlessStream : Oci.Rootfs.Os.ForwardStream
    {
        private long _delivered;

        public long Delivered => Interlocked.Read(ref _delivered);

        public bool IsDisposed { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            buffer.Clear();
            Interlocked.Add(ref _delivered, buffer.Length);
            return buffer.Length;
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class FailingStream(int after) : EndlessStream
    {
        public override int Read(Span<byte> buffer) => Delivered >= after
            ? throw new InvalidDataException("damaged")
            : base.Read(buffer[..(int)Math.Min(buffer.Length, after - Delivered)]);
    }
}
