using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Blobs;

/// <summary>An inflated layer held against the limits on inflated bytes and on their ratio to the compressed ones. Owns both streams.</summary>
internal sealed class MeteredStream(Stream inflated, PeekStream compressed, RootfsLimits limits, InflationBudget budget) : ForwardStream
{
    /// <summary>Small layers of zeros are honest: the ratio counts only beyond this many bytes.</summary>
    private const long RatioFreeBytes = 64 << 20;

    public override int Read(Span<byte> buffer)
    {
        int count = inflated.Read(buffer);
        BytesRead += count;
        budget.Spend(count);
        if (BytesRead > RatioFreeBytes && BytesRead / limits.MaxCompressionRatio > compressed.BytesRead)
            throw LimitErrors.CompressionRatio(limits.MaxCompressionRatio, compressed.BytesRead, BytesRead);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inflated.Dispose();
            compressed.Dispose();
        }
        base.Dispose(disposing);
    }
}
