using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Compression;

/// <summary>
/// The cost of inflated bytes: one each. Zeros that follow 64 KiB of zeros become a hole in their file and take no disk space. They still
/// take time to inflate and to hash, so 64 of them cost one: endless zeros reach the limit too.
/// </summary>
/// <remarks>
/// A run is counted over several pieces only where each piece is all zeros. So data that a writer can't leave out always costs the full
/// price, however an image arranges its pieces.
/// </remarks>
internal struct InflationCost
{
    /// <summary>
    /// Inflating and hashing a gigabyte takes half a second; writing it to a disk takes several seconds and a gigabyte of space.
    /// </summary>
    private const int ZerosForOne = 64;

    private long _zeros;

    /// <param name="piece">The piece that follows the one before.</param>
    public long Of(ReadOnlySpan<byte> piece)
    {
        if (piece.ContainsAnyExcept((byte)0))
        {
            _zeros = 0;
            return piece.Length;
        }
        long before = _zeros;
        _zeros += piece.Length;
        return Cost(_zeros) - Cost(before);
    }

    private static long Cost(long zeros) => zeros <= ZeroRuns.LeastHole ? zeros : ZeroRuns.LeastHole + ((zeros - ZeroRuns.LeastHole) / ZerosForOne);
}
