using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>The number of bytes that the layers of one image, or an archive as a whole, may still inflate to. Thread-safe.</summary>
internal sealed class InflationBudget(long limit, Func<long, OciException> error)
{
    private long _spent;

    /// <summary>The budget that all layers share.</summary>
    public InflationBudget(RootfsLimits limits)
        : this(limits.MaxUncompressedBytes, LimitErrors.UncompressedBytes)
    {
    }

    /// <param name="cost">The cost in bytes; zeros may cost less (<see cref="InflationCost"/>).</param>
    public void Spend(long cost)
    {
        if (Interlocked.Add(ref _spent, cost) > limit)
            throw error(limit);
    }
}
