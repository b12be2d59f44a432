namespace Oci.Rootfs.Reading;

/// <summary>A pooled piece of an inflated layer, on its way from the decoder to those who look at it.</summary>
internal sealed class Chunk(int size)
{
    public byte[] Data { get; } = new byte[size];

    public int Length { get; set; }

    /// <summary>How many still look at it; the last one gives it back.</summary>
    public int Holders;
}
