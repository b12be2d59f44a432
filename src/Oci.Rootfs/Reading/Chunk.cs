namespace Oci.Rootfs.Reading;

/// <summary>A pooled piece of a stream, on its way from the thread that reads it to those who look at it.</summary>
internal sealed class Chunk
{
    public const int Bytes = 256 << 10;

    public byte[] Data { get; } = GC.AllocateUninitializedArray<byte>(Bytes);

    public int Length { get; set; }

    /// <summary>How many still look at it; the last one gives it back.</summary>
    public int Holders;
}
