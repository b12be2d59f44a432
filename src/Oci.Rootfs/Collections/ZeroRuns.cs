namespace Oci.Rootfs.Collections;

/// <summary>Finds what of a piece of a file need not be written, since a hole reads the same. Data that is no zeros is hardly looked at.</summary>
internal static class ZeroRuns
{
    /// <summary>Bytes of the least run that is left out wherever it is.</summary>
    public const int LeastHole = 64 << 10;

    /// <summary>A run that reaches an end of the piece may be part of a longer one; less than a block is no hole.</summary>
    private const int LeastAtEnd = 4096;

    /// <summary>A run that is long enough has one of these places with at least half a run behind or before it.</summary>
    private const int Step = LeastHole / 2;

    /// <summary>The next run at or after a place that is long enough.</summary>
    /// <param name="data">The piece.</param>
    /// <param name="from">Where to begin: 0, or the end of the run before.</param>
    /// <param name="start">Where the run begins.</param>
    /// <param name="end">Where it ends.</param>
    public static bool Next(ReadOnlySpan<byte> data, int from, out int start, out int end)
    {
        for (int at = from; at < data.Length; at = Math.Max(end, at) + Step)
        {
            end = at;
            if (data[at] != 0)
                continue;
            start = from + data[from..at].LastIndexOfAnyExcept((byte)0) + 1;
            int length = data[at..].IndexOfAnyExcept((byte)0);
            end = length < 0 ? data.Length : at + length;
            if (end - start >= Least(data, start, end))
                return true;
        }
        return NextAtEnd(data, from, out start, out end);
    }

    private static bool NextAtEnd(ReadOnlySpan<byte> data, int from, out int start, out int end)
    {
        end = data.Length;
        start = from + data[from..].LastIndexOfAnyExcept((byte)0) + 1;
        return end - start >= LeastAtEnd;
    }

    private static int Least(ReadOnlySpan<byte> data, int start, int end) => start == 0 || end == data.Length ? LeastAtEnd : LeastHole;
}
