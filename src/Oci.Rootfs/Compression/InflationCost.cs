using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Compression;

/// <summary>
/// What inflated bytes cost: one each. Zeros that follow 64 KiB of zeros become a hole of the file that they belong to, and cost no disk;
/// time they cost still, to inflate and to hash, and so one for each 64 of them: zeros without an end reach the limit too.
/// </summary>
/// <remarks>
/// A run is counted over several pieces, of which each is nothing but zeros: data that a writer can't leave out is never charged less,
/// however an image has its pieces cut.
/// </remarks>
internal struct InflationCost
{
    /// <summary>Inflating and hashing a gigabyte takes half a second; writing one to a disk takes several, and the gigabyte.</summary>
    private const int ZerosForOne = 64;

    private long _zeros;

    /// <param name="piece">What follows the piece before.</param>
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
