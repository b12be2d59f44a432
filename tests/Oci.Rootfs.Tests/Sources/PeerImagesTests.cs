using System.Globalization;
using System.Runtime.CompilerServices;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>
/// The images with which other tools test themselves, each read to its last byte, against the outcomes in peer-images.txt: platform,
/// number of layers and their inflated bytes, or the code of the error.
/// </summary>
public sealed class PeerImagesTests
{
    private const string Variable = "OCI_PEER_DATA";

    [Fact]
    public void Every_image_of_the_peers_comes_out_as_the_table_says()
    {
        string? data = Find();
        Assert.SkipWhen(data is null, $"no peer data: {Variable} is not set, and there is no shared/peer-data above the repository");
        string images = Path.Combine(data!, "images");
        string[] expected = File.ReadAllLines(TablePath());
        string[] found =
        [
            .. Directory.EnumerateFiles(images, "*.tar", SearchOption.AllDirectories)
                .Concat(Directory.EnumerateFiles(images, "index.json", SearchOption.AllDirectories).Select(static f => Path.GetDirectoryName(f)!))
                .Order(StringComparer.Ordinal)
                .Select(p => $"{Path.GetRelativePath(images, p)}: {Outcome(p, "linux/amd64")}")
                .Select(l => l.EndsWith("OCI2001", StringComparison.Ordinal) ? l.Replace("OCI2001", Outcome(Path.Combine(images, l.Split(':')[0]), "linux/arm64"), StringComparison.Ordinal) : l),
        ];
        Assert.True(expected.SequenceEqual(found), "what came out:\n" + string.Join('\n', found));
    }

    private static string Outcome(string path, string platform)
    {
        try
        {
            RootfsLimits limits = new();
            using ImageSource source = ImageSources.Open(new ImageReference(path) { DisplayName = "peer" }, new EngineContext(limits, RootfsLog.None), Expect.NoUnpacking);
            SelectedImage image = ImageSelector.Select(source, platform, null, new EngineContext(limits, RootfsLog.None)).Load();
            InflationBudget budget = new(limits);
            LayerSet layers = new(source, image, new Progress(new EngineContext()));
            DiffIdMatcher matcher = new(image.DiffIds);
            long bytes = 0;
            bool isReordered = false;
            for (int i = 0; i < image.Layers.Count; i++)
            {
                using LayerInput input = layers.Open(i, budget, new EngineContext(limits, RootfsLog.None));
                bytes += input.Skip(long.MaxValue);
                isReordered |= matcher.PositionOf(i, input.Digests()) != i;
            }
            string reordered = isReordered ? ", reordered" : "";
            return string.Create(CultureInfo.InvariantCulture, $"{image.Platform}, {image.Layers.Count} layers, {bytes} bytes{reordered}");
        }
        catch (OciException e)
        {
            return e.Code;
        }
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set)
            return set;
        for (DirectoryInfo? d = new FileInfo(TablePath()).Directory; d is not null; d = d.Parent)
        {
            string candidate = Path.Combine(d.FullName, "shared", "peer-data");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }

    private static string TablePath([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "peer-images.txt");
}
