using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// An inflated layer held against the limits on inflated bytes and on their ratio to the blob's. The whole blob counts, which has that
/// size or fails, not what of it is read: in an honest layer the megabytes of zeros come first. Owns both streams.
/// </summary>
/// <param name="inflated">What is read.</param>
/// <param name="compressed">What it is inflated from.</param>
/// <param name="compressedSize">The whole blob's.</param>
/// <param name="context">Limits.</param>
/// <param name="budget">What may still be inflated.</param>
/// <param name="zerosBecomeHoles">Whether long runs of zeros cost less, since whoever reads them leaves them out.</param>
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
