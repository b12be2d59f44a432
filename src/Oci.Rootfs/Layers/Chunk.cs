using Oci.Rootfs.Os;

namespace Oci.Rootfs.Layers;

/// <summary>A pooled piece of a stream, on its way from the thread that reads the stream to the threads that use it.</summary>
internal sealed class Chunk : IDisposable
{
    public const int Bytes = 256 << 10;

    private readonly NativeBuffer _buffer = new(Bytes);

    /// <summary>The bytes of the stream in this chunk.</summary>
    public ReadOnlySpan<byte> Data => _buffer.Span[..Length];

    public int Length { get; private set; }

    /// <summary>The place for more bytes.</summary>
    public Span<byte> Room => _buffer.Span[Length..];

    /// <summary>The number of threads that still use the chunk; the last one returns it.</summary>
    public int Holders;

    /// <summary>Fills the chunk, or takes the rest of the stream.</summary>
    public void Fill(Stream stream) => Length = stream.ReadAtLeast(_buffer.Span, Bytes, throwOnEndOfStream: false);

    /// <summary>Adds bytes that were written into <see cref="Room"/>.</summary>
    public void Add(int count) => Length += count;

    public void Clear() => Length = 0;

    public void Dispose() => _buffer.Dispose();
}
