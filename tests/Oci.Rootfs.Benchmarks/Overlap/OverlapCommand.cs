using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Pipeline;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;

namespace Oci.Rootfs.Benchmarks.Overlap;

/// <summary>
/// Shows what overlaps on more cores than the machine has: 12 equal layers, each delivered at a fixed rate by sleeping. So the wall clock shows
/// how many layers are read at once, and what the engine itself adds.
/// </summary>
internal static class OverlapCommand
{
    private const int Layers = 12, FileBytes = 1 << 20, FilesPerLayer = 60;
    private const double BytesPerSecond = 60e6;

    /// <param name="directory">An empty or missing directory, best in memory.</param>
    /// <param name="rounds">The number of rounds; the figures are medians.</param>
    public static int Run(string directory, int rounds)
    {
        Directory.CreateDirectory(directory);
        string image = Image.Of(Enumerable.Range(0, Layers).Select(Layer)).For("linux/amd64").SaveDirectory(Path.Combine(directory, "image"));
        double layer = FilesPerLayer * (FileBytes + 512) / BytesPerSecond;
        Console.WriteLine("| at once | ideal | wall | ratio |\n|---|---|---|---|");
        foreach (int cores in (int[])[1, 2, 4, 8, 16])
        {
            double ideal = layer * Math.Ceiling(Layers / (double)Math.Min(cores, Layers));
            double[] times = [.. Enumerable.Range(0, rounds).Select(_ => Extract(image, Path.Combine(directory, "tree"), cores)).Order()];
            double wall = times[times.Length / 2];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {cores} | {ideal:F2} s | {wall:F2} s | {wall / ideal:F2} |"));
        }
        Directory.Delete(directory, recursive: true);
        return 0;
    }

    private static ImageLayer Layer(int number) => Tars.Of(Enumerable.Range(0, FilesPerLayer).Select(i =>
    {
        byte[] content = RandomNumberGenerator.GetBytes(FileBytes);
        return Tars.File(string.Create(CultureInfo.InvariantCulture, $"{number}/{i}"), content);
    }).ToArray<TarPart>());

    private static double Extract(string image, string tree, int cores)
    {
        RootfsRequest request = new() { Image = image, RootfsDirectory = tree, Name = "image", Platform = "linux/amd64", Cores = cores, MakeWritable = true };
        EngineContext context = new();
        LayoutDirectory layout = new(image, context) { DisplayName = "image" };
        Stopwatch clock = Stopwatch.StartNew();
        using (ImageSource source = new SlowSource(layout, BytesPerSecond) { DisplayName = "image" })
            OutputBuild.Of(request, source, ImageSelector.Select(source, request.Platform, null, context), context).FindOrExtract();
        double seconds = clock.Elapsed.TotalSeconds;
        RootfsExtractor.Clean(tree);
        return seconds;
    }
}
