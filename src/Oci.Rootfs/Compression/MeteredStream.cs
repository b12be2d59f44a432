using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Holds an inflated layer against the limits on inflated bytes and on their ratio to the blob's bytes. The ratio is to the whole blob,
/// which has that size or fails, and not to the part that was read so far: an honest layer may begin with megabytes of zeros. Owns both
/// streams.
/// </summary>
/// <param name="inflated">The stream to read.</param>
/// <param name="compressed">The stream that it inflates.</param>
/// <param name="compressedSize">The size of the whole blob.</param>
/// <param name="context">Limits.</param>
/// <param name="budget">The bytes that may still be inflated.</param>
/// <param name="zerosBecomeHoles">Whether long runs of zeros cost less, because the reader leaves them out.</param>
internal sealed class MeteredStream(
    Stream inflated, PeekStream compressed, long compressedSize, EngineContext context, InflationBudget budget, bool zerosBecomeHoles = false) : ForwardStream
{
    private InflationCost _cost;
    private long _spent;

    public override int Read(Span<byte> buffer)
    {
        int count = inflated.Read(buffer);
        BytesRead += count;
        long cost = zerosBecomeHoles ? _cost.Of(buffer[..count]) : count;
        _spent += cost;
        budget.Spend(cost);
        if ((_spent - context.Limits.RatioFreeBytes) / context.Limits.MaxCompressionRatio > compressedSize)
            throw LimitErrors.CompressionRatio(context.Limits.MaxCompressionRatio, context.Limits.RatioFreeBytes, compressedSize);
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
