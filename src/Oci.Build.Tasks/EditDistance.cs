namespace Oci.Build.Tasks;

/// <summary>
/// How many slips of the finger are between two words: letters left out, added or exchanged, and neighbours in the wrong order (Damerau and
/// Levenshtein). Upper and lower case are the same.
/// </summary>
internal static class EditDistance
{
    /// <param name="first">One word.</param>
    /// <param name="second">The other word.</param>
    /// <param name="most">The caller wants no larger number.</param>
    /// <returns>The number of edits; more than <paramref name="most"/> where there are more.</returns>
    public static int Between(string first, string second, int most)
    {
        if (Math.Abs(first.Length - second.Length) > most)
            return most + 1;
        // Three rows of the table of all distances between beginnings of the words: the row before the last, the last, and the new one.
        int[] beforeLast = new int[second.Length + 1], last = new int[second.Length + 1], row = new int[second.Length + 1];
        for (int j = 0; j <= second.Length; j++)
            last[j] = j;
        for (int i = 1; i <= first.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int exchanged = last[j - 1] + (Same(first[i - 1], second[j - 1]) ? 0 : 1);
                row[j] = Math.Min(exchanged, 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && Same(first[i - 1], second[j - 2]) && Same(first[i - 2], second[j - 1]))
                    row[j] = Math.Min(row[j], 1 + beforeLast[j - 2]);
            }
            (beforeLast, last, row) = (last, row, beforeLast);
        }
        return last[second.Length];
    }

    private static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
