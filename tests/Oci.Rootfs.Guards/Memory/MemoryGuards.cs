using System.Globalization;

namespace Oci.Rootfs.Guards.Memory;

/// <summary>
/// Measures the peak memory of one extraction of each image that means to cost it, less the peak of an extraction of a trivial image.
/// docs/performance.md says what is behind the numbers. The seconds are for the reader; nothing depends on them.
/// </summary>
internal static class MemoryGuards
{
    private const int MostShownOfError = 300;

    public static void Run(string runner, string fuzz, IEnumerable<HostileImage> images, Checks checks)
    {
        MeasuredExtraction trivial = MeasuredExtraction.Of(runner, fuzz, "trivial", 0, [], cores: 0);
        if (trivial.ExitCode != 0 || trivial.PeakKibibytes == 0)
            throw new CommandException($"a trivial image: expected success and a peak, found {trivial.Outcome}: {trivial.Error}");
        Console.WriteLine($"A trivial image: {trivial.PeakKibibytes / 1024} MiB; below is what comes on top of it.");
        foreach (HostileImage image in images)
            Check(image, MeasuredExtraction.Of(runner, fuzz, image.Name, image.Size, image.Limits, image.Cores), trivial.PeakKibibytes, checks);
    }

    private static void Check(HostileImage image, MeasuredExtraction found, long baseline, Checks checks)
    {
        string expected = image.Code ?? "extracted";
        double mebibytes = (found.PeakKibibytes - baseline) / 1024.0;
        string measured = string.Create(CultureInfo.InvariantCulture, $"{mebibytes,7:F0} MiB  {found.Seconds,6:F1} s  {found.Outcome}");
        if (found.Outcome == expected && found.PeakKibibytes > 0 && mebibytes < image.Bound)
            checks.Pass($"{image.Description,-75} {measured}  (below {image.Bound} MiB)");
        else
            checks.Fail($"{image.Description}: expected {expected}, below {image.Bound} MiB; found {measured.TrimStart()} {Shown(found)}");
    }

    private static string Shown(MeasuredExtraction found)
    {
        string error = found.Error.Trim();
        return error[..Math.Min(error.Length, MostShownOfError)];
    }
}
