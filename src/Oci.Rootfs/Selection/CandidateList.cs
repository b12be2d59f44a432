using System.Globalization;
using System.Text;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>What an image offers, as text whose parts can be pasted into the item's Reference and Platform.</summary>
internal static class CandidateList
{
    private const int MostShown = 40;

    public static string Format(IEnumerable<Candidate> candidates)
    {
        List<string> lines = [.. candidates.Select(Line).Distinct(StringComparer.Ordinal)];
        if (lines.Count == 0)
            return "none";
        StringBuilder text = new(string.Join("; ", lines.Take(MostShown)));
        if (lines.Count > MostShown)
            text.Append(CultureInfo.InvariantCulture, $"; and {lines.Count - MostShown} more");
        return text.ToString();
    }

    private static string Line(Candidate candidate)
    {
        string name = candidate.Names.Count == 0 ? "" : $"{SafeText.Show(candidate.Names[0])} ";
        string platform = candidate.Platform is null ? "(platform in its config)" : SafeText.Show(candidate.Platform.ToString());
        return $"{name}{platform} {candidate.Manifest.Digest}";
    }
}
