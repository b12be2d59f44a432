using Oci.Rootfs.Os;

namespace Oci.Rootfs.Layers;

/// <summary>A pooled piece of a stream, on its way from the thread that reads it to those who look at it.</summary>
internal sealed class Chunk : IDisposable
{
    public const int Bytes = 256 << 10;

    private readonly NativeBuffer _buffer = new(Bytes);

    /// <summary>What the stream had here.</summary>
    public ReadOnlySpan<byte> Data => _buffer.Span[..Length];

    public int Length { get; private set; }

    /// <summary>How many still look at it; the last one gives it back.</summary>
    public int Holders;

    /// <summary>Takes as much as there is room for, or as the stream has left.</summary>
    public void Fill(Stream stream) => Length = stream.ReadAtLeast(_buffer.Span, Bytes, throwOnEndOfStream: false);

    public void Dispose() => _buffer.Dispose();
}
