using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Guards.Memory;

/// <summary>One extraction in a process of its own, with the peak of its memory as the kernel counts it (VmHWM); 0 where the process told of none.</summary>
internal sealed partial record MeasuredExtraction(int ExitCode, string Error, long PeakKibibytes, double Seconds)
{
    private const int CodeLength = 7;

    /// <summary>Has the fuzzer make an image, which is removed afterwards with its tree, and has the runner extract it.</summary>
    public static MeasuredExtraction Of(string runner, string fuzz, string name, long size, IEnumerable<string> limits, int cores)
    {
        using WorkDirectory work = new();
        Command.Run("dotnet", [fuzz, "large", name, work["layout"], size.ToString(CultureInfo.InvariantCulture)]).Expect(0);
        Stopwatch clock = Stopwatch.StartNew();
        Command done = Command.Run("dotnet",
        [
            runner, "extract", work["layout"], work["rootfs"], "--platform", "linux/amd64", "--peak",
            "--json", work["config.json"], "--props", work["config.props"], "--mtree", work["manifest"], .. limits.SelectMany(static l => new[] { "--limit", l }),
            .. cores == 0 ? [] : (string[])["--cores", cores.ToString(CultureInfo.InvariantCulture)],
        ]);
        double seconds = clock.Elapsed.TotalSeconds;
        Match peak = Peak().Match(done.Output);
        return new(done.ExitCode, done.Error, peak.Success ? long.Parse(peak.Groups["kibibytes"].ValueSpan, CultureInfo.InvariantCulture) : 0, seconds);
    }

    /// <summary>In words: extracted, or the code of the error, or all that there is to say of anything else.</summary>
    public string Outcome => ExitCode switch
    {
        0 => "extracted",
        1 when Error.StartsWith("OCI", StringComparison.Ordinal) && Error.Length > CodeLength => Error[..CodeLength],
        _ => $"exit code {ExitCode}",
    };

    [GeneratedRegex(@"^peak=(?<kibibytes>\d+) kB$", RegexOptions.Multiline)]
    private static partial Regex Peak();
}
