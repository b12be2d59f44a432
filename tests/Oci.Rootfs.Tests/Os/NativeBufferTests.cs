using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Tests.Os;

/// <summary>Memory that the collector does not look after: it must not be used once it is freed, and what was not freed is in the end.</summary>
public sealed class NativeBufferTests
{
    [Fact]
    public void A_new_buffer_is_zeros_whatever_was_in_that_memory_before()
    {
        for (int i = 0; i < 100; i++)
        {
            using NativeBuffer buffer = new(4096);
            Assert.Equal(-1, buffer.Span.IndexOfAnyExcept((byte)0));
            buffer.Span.Fill(0xFF);
        }
    }

    [Fact]
    public void A_freed_buffer_can_not_be_used()
    {
        NativeBuffer buffer = new(10);
        buffer.Dispose();
        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
    }

    [Fact]
    public void A_chunk_that_comes_back_late_is_freed_and_one_that_does_not_stays_usable()
    {
        ChunkPool pool = new();
        Chunk free = pool.Rent(), late = pool.Rent(), kept = pool.Rent();
        foreach (Chunk chunk in (Chunk[])[free, late, kept])
            chunk.Fill(new MemoryStream([1, 2, 3]));
        pool.Return(free);

        pool.Dispose();
        pool.Return(late);

        Assert.Throws<ObjectDisposedException>(() => free.Data.Length);
        Assert.Throws<ObjectDisposedException>(() => late.Data.Length);
        Assert.Equal([1, 2, 3], kept.Data.ToArray());
    }
}
