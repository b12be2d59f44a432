using System.Globalization;
using System.Text;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>Lists an image's choices as text; a user can paste its parts into the item's Reference and Platform.</summary>
internal static class CandidateList
{
    private const int MostShown = 40;
    private const int MostCharacters = 16 << 10;

    public static string Format(IEnumerable<Candidate> candidates)
    {
        List<string> lines = [.. candidates.Select(Line).Distinct(StringComparer.Ordinal)];
        if (lines.Count == 0)
            return "none";
        StringBuilder text = new(lines[0]);
        int shown = 1;
        for (; shown < Math.Min(lines.Count, MostShown) && text.Length < MostCharacters; shown++)
            text.Append("; ").Append(lines[shown]);
        if (lines.Count > shown)
            text.Append(CultureInfo.InvariantCulture, $"; and {lines.Count - shown} more");
        return text.ToString();
    }

    private static string Line(Candidate candidate)
    {
        string name = candidate.Names.Count == 0 ? "" : $"{SafeText.ShowShort(candidate.Names[0])} ";
        string platform = candidate.Platform is null ? "(platform in its config)" : SafeText.ShowShort(candidate.Platform.ToString());
        return $"{name}{platform} {candidate.Manifest.Digest}";
    }
}
