using System.Globalization;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// All layers are read at once. Each is inflated once all the same, and what is written in vain is at most what upper layers hide: no content
/// is written twice.
/// </summary>
internal static partial class LayersAtOnceGuard
{
    private const string Cores = "8";

    public static void Check(string runner, GuardImage image, WorkDirectory work, Checks checks)
    {
        string output = Command.Run("dotnet", [.. Extraction.Arguments(runner, image.Directory, work), "--cores", Cores]).Expect(Extraction.Done).Output;
        checks.Equal("layers at once: each layer is inflated once", image.Layers.Count, ExtractionGuard.Inflated().Count(output));
        checks.Equal("layers at once: no layer is read in a second pass", false, output.Contains("second pass", StringComparison.Ordinal));
        int vain = int.Parse(Vain().Match(output).Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        checks.AtMost("layers at once: contents written in vain", image.Contents - image.Files.Count, vain);
    }

    [GeneratedRegex(@"Contents written in vain: (?<count>\d+)\.")]
    private static partial Regex Vain();
}
