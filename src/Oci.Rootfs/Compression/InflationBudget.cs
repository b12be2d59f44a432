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

    private InflationBudget? _whole;

    /// <summary>The bytes spent so far.</summary>
    public long Spent => Interlocked.Read(ref _spent);

    /// <summary>A budget that counts for itself what is spent of this one.</summary>
    public InflationBudget Part() => new(limit, error) { _whole = this };

    /// <param name="cost">The cost in bytes; zeros may cost less (<see cref="InflationCost"/>).</param>
    public void Spend(long cost)
    {
        if (Interlocked.Add(ref _spent, cost) > limit)
            throw error(limit);
        _whole?.Spend(cost);
    }
}
