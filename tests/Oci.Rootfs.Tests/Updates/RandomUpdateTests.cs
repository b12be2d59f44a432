using System.Globalization;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>
/// However an image changes, and whatever somebody does to the tree between two builds: the tree, its record, the config and the warnings are
/// those of an extraction into an empty place.
/// </summary>
public sealed class RandomUpdateTests
{
    /// <summary>More by hand: <c>OCI_UPDATE_CASES=10000 OCI_UPDATE_SEED=random</c>.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("OCI_UPDATE_CASES"), CultureInfo.InvariantCulture, out int value) ? value : 80;

    private const int MostDraws = 40;

    [Fact]
    public void Any_sequence_of_images_gives_the_trees_that_cold_extractions_give() =>
        ForEachSeed("", static (int seed, ref int images) => Run(seed, tampers: false, ref images));

    [Fact]
    public void Any_sequence_of_images_gives_the_trees_that_cold_extractions_give_although_somebody_changes_them_in_between() =>
        ForEachSeed(" with changes", static (int seed, ref int images) => Run(seed, tampers: true, ref images));

    [Fact]
    public void Any_image_gives_the_tree_that_a_cold_extraction_gives_although_other_trees_of_the_build_have_its_layers() =>
        ForEachSeed(" beside others", RunBesideOthers);

    /// <returns>How many of the images had what the test is about.</returns>
    private delegate int Case(int seed, ref int images);

    private static void ForEachSeed(string what, Case run)
    {
        int first = TestSeed.Of("OCI_UPDATE_SEED");
        int counted = 0, images = 0;
        for (int seed = first; seed < first + Cases; seed++)
        {
            try
            {
                counted += run(seed, ref images);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"OCI_UPDATE_SEED={seed}{what}: {e.Message}", e);
            }
        }

        // Many of them were updates indeed, or have taken a layer from another tree.
        Assert.InRange(counted, images / 3, images);
    }

    /// <summary>Three trees of one project, of which each in turn gets another image.</summary>
    /// <returns>The number of trees that took a layer from another one.</returns>
    private static int RunBesideOthers(int seed, ref int images)
    {
        using TempDirectory temp = new();
        Random random = new(seed);
        List<RootfsMessage> messages = [];
        Dictionary<string, string> trees = new(StringComparer.Ordinal);
        RandomImages sequence = new(seed);
        int taken = 0;
        for (int number = 0; number < 6; number++)
        {
            sequence.Draw().SaveArchive(temp["image.tar"]);
            string name = $"tree{number % 3}";
            RootfsRequest request = new()
            {
                Image = temp["image.tar"],
                RootfsDirectory = temp[name + "/rootfs"],
                Name = "image",
                Outputs = [new(OutputKind.ConfigJson, temp[name + "/config.json"]), new(OutputKind.Mtree, temp[name + "/rootfs.mtree"])],
                Ownership = random.Next(3) == 0 ? Ownership.Record : Ownership.Auto,
                KeepDirectorySymlinks = random.Next(3) == 0,
                LeastStandingPercent = random.Next(3) == 0 ? 90 : 0,
                Log = messages.Add,
            };
            (string cold, string coldWarnings) = Extract(request with
            {
                RootfsDirectory = temp[$"cold{number}/rootfs"],
                Outputs = [.. request.Outputs.Select(o => o with { Path = o.Path.Replace($"/{name}/", $"/cold{number}/", StringComparison.Ordinal) })],
                Incremental = false,
            }, messages, out _, out _);
            if (!Directory.Exists(temp[$"cold{number}/rootfs"]))
                continue;
            sequence.Take();
            images++;
            if (random.Next(3) == 0)
            {
                foreach (string other in trees.Keys.Where(other => other != request.RootfsDirectory))
                    Tampering.Do(other, random);
            }
            trees.Remove(request.RootfsDirectory!);
            (string made, string warnings) = Extract(request with { Project = temp["project"], TreesOfThisBuild = trees, Verify = RootfsVerification.Metadata }, messages, out _, out bool isUpToDate);
            taken += messages.Any(static m => m.Text.Contains("is taken from", StringComparison.Ordinal)) ? 1 : 0;
            Assert.Equal(cold, made);
            if (!isUpToDate)
                Assert.Equal(coldWarnings, warnings);
        }
        return taken;
    }

    /// <returns>The number of updates.</returns>
    private static int Run(int seed, bool tampers, ref int images)
    {
        using TempDirectory temp = new();
        Random random = new(seed);
        List<RootfsMessage> messages = [];
        RootfsRequest request = new()
        {
            Image = temp["image.tar"],
            RootfsDirectory = temp["updated/rootfs"],
            Name = "image",
            Outputs = [new(OutputKind.ConfigJson, temp["updated/config.json"]), new(OutputKind.Mtree, temp["updated/rootfs.mtree"]), .. random.Next(5) == 0 ? [new RequestedOutput(OutputKind.RootfsArchive, temp["updated/rootfs.tar"])] : Array.Empty<RequestedOutput>()],
            KeepDirectorySymlinks = random.Next(3) == 0,
            MakeWritable = random.Next(4) == 0,
            Ownership = random.Next(3) == 0 ? Ownership.Record : Ownership.Auto,
            SourceDateEpoch = 7,
            MostReadPercent = random.Next(3) == 0 ? 60 : 100,
            Log = messages.Add,
        };
        int updates = 0, taken = 0;
        RandomImages sequence = new(seed);
        for (int number = 0; taken < sequence.Length && number < MostDraws; number++)
        {
            sequence.Draw().SaveArchive(temp["image.tar"]);
            (string cold, string coldWarnings) = Extract(request with
            {
                RootfsDirectory = temp[$"cold{number}/rootfs"],
                Outputs = [.. request.Outputs.Select(o => o with { Path = o.Path.Replace("/updated/", $"/cold{number}/", StringComparison.Ordinal) })],
                Incremental = false,
            }, messages, out _, out _);
            // Many stacks of random layers are none: few of them are kept.
            if (!Directory.Exists(temp[$"cold{number}/rootfs"]) && random.Next(10) > 0)
                continue;
            sequence.Take();
            taken++;
            images++;
            if (tampers && Directory.Exists(request.RootfsDirectory))
                Tampering.Do(request.RootfsDirectory!, random);
            (string updated, string updatedWarnings) = Extract(tampers ? request with { Verify = RootfsVerification.Metadata } : request, messages, out RootfsChange? change, out bool isUpToDate);
            updates += change is null ? 0 : 1;
            Assert.Equal(cold, updated);
            // What was warned of once is not warned of again.
            if (!isUpToDate)
                Assert.Equal(coldWarnings, updatedWarnings);
            if (Directory.Exists(temp["updated"]))
                Assert.DoesNotContain(Directory.GetFileSystemEntries(temp["updated"]), static path => path.Contains(".oci-", StringComparison.Ordinal) && !path.EndsWith(".oci-state", StringComparison.Ordinal));
        }
        return updates;
    }

    private static (string Whole, string Warnings) Extract(RootfsRequest request, List<RootfsMessage> messages, out RootfsChange? change, out bool isUpToDate)
    {
        messages.Clear();
        change = null;
        isUpToDate = false;
        try
        {
            RootfsResult result = RootfsExtractor.Extract(request, TestContext.Current.CancellationToken);
            change = result.Change;
            isUpToDate = !result.Extracted;
        }
        catch (OciException e)
        {
            // What stands then is the tree of another image.
            return ($"{e.Code} {e.Layer} {e.Entry}", "");
        }
        string whole = string.Join('\n',
        [
            .. WholeTree.Of(request.RootfsDirectory!),
            .. request.Outputs.Select(static output => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(output.Path)))),
            File.ReadAllText(request.PathOf(OutputKind.Mtree)!),
        ]);
        return (whole, string.Join('\n', messages.Where(static m => m.Kind == RootfsMessageKind.Warning && m.Code is not ("OCI7101" or "OCI5101" or "OCI5105")).Select(static m => $"{m.Code} {m.Text}").Order(StringComparer.Ordinal)));
    }
}
