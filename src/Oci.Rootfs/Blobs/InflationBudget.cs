using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Blobs;

/// <summary>What the layers of one image may still inflate to, shared by all of them. Thread-safe.</summary>
internal sealed class InflationBudget(RootfsLimits limits)
{
    private long _spent;

    public void Spend(int bytes)
    {
        if (Interlocked.Add(ref _spent, bytes) > limits.MaxUncompressedBytes)
            throw LimitErrors.UncompressedBytes(limits.MaxUncompressedBytes);
    }
}
