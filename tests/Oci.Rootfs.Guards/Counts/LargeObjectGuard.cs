using System.Globalization;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>Counts the bytes of large objects: after three megabytes of them the collector collects the whole heap, which in a build is MSBuild's.</summary>
internal static partial class LargeObjectGuard
{
    /// <summary>Found were none. The runtime tells of large objects each time at least 100 KB of them are allocated.</summary>
    private const int Most = 250_000;

    /// <summary>Found was one object of 256 KiB: the buffer that ZstdSharp's stream borrows.</summary>
    private const int MostWithArchives = Most + (256 << 10);

    private static readonly Dictionary<string, string> NoVariables = [];

    public static void Check(string runner, GuardImage image, WorkDirectory work, Checks checks)
    {
        checks.AtMost("bytes of large objects allocated for an extraction", Most, Allocated(runner, image, work, Extraction.Done));
        checks.Equal("nothing to do: no large object is allocated", 0, Allocated(runner, image, work, Extraction.UpToDate));
        Extraction.RemoveTree(work);
        string[] archives = Extraction.Archives(work, ".tar", ".tar.gz", ".tar.zst");
        checks.AtMost("bytes of large objects allocated for an extraction with archives", MostWithArchives, Allocated(runner, image, work, Extraction.Done, archives));
        checks.Equal("nothing to do, with archives: no large object is allocated", 0, Allocated(runner, image, work, Extraction.UpToDate, archives));
    }

    private static long Allocated(string runner, GuardImage image, WorkDirectory work, int expected, params string[] options)
    {
        Match bytes = Bytes().Match(Extraction.Run(runner, image.Directory, work, expected, NoVariables, ["--large-objects", .. options]));
        return bytes.Success
            ? long.Parse(bytes.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture)
            : throw new CommandException("the runner says nothing of large objects");
    }

    [GeneratedRegex(@"^largeObjects=(?<bytes>\d+)$", RegexOptions.Multiline)]
    private static partial Regex Bytes();
}
