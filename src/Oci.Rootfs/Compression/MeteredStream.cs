using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// An inflated layer held against the limits on inflated bytes and on their ratio to the blob's. The whole blob counts, which has that
/// size or fails, not what of it is read: in an honest layer the megabytes of zeros come first. Owns both streams.
/// </summary>
internal sealed class MeteredStream(Stream inflated, PeekStream compressed, long compressedSize, EngineContext context, InflationBudget budget) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int count = inflated.Read(buffer);
        BytesRead += count;
        budget.Spend(count);
        if ((BytesRead - context.Limits.RatioFreeBytes) / context.Limits.MaxCompressionRatio > compressedSize)
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
