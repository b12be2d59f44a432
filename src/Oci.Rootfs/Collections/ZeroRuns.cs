namespace Oci.Rootfs.Collections;

/// <summary>
/// Finds the runs of zeros in a piece of a file: a hole reads the same, so they need not be written. Other data costs next to nothing here.
/// </summary>
internal static class ZeroRuns
{
    /// <summary>Length in bytes from which a run is left out, wherever it is.</summary>
    public const int LeastHole = 64 << 10;

    /// <summary>A run at an end of the piece may be part of a longer one; the file system makes no hole of less than a block.</summary>
    private const int LeastAtEnd = 4096;

    /// <summary>Every run that is long enough covers one of these places, with at least half a run after or before it.</summary>
    private const int Step = LeastHole / 2;

    /// <summary>Finds the next run that is long enough, at or after a place.</summary>
    /// <param name="data">The piece.</param>
    /// <param name="from">The place to begin: 0, or the end of the run before.</param>
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
