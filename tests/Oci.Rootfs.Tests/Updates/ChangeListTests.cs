using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>The file of the metadata <c>Changes</c>: it is the difference of the records before and after.</summary>
public sealed class ChangeListTests : IDisposable
{
    private static readonly ImageLayer Base = Of(Dir("d"), File("d/a", "a"), File("d/b"), File("large", TarContent.Generated(400_000, 1)));

    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    [Fact]
    public void It_lists_kinds_of_change_paths_and_layers()
    {
        ImageLayer first = Of(File("top"), File("d/a b", "1")), second = Of(File("d/a b", "2"), Whiteout("d/b"), File("n\nl"), Dir("d", mode: "0700"));
        _s.With(Base, first).Extract(With);
        string old = Digest(first), @new = Digest(second);

        _s.With(Base, second).Extract(With);

        Assert.Equal(
            [$"changed\t./d\t{@new}", $"changed\t./d/a\\040b\t{@new}", $"added\t./n\\012l\t{@new}", $"removed\t./d/b\t{Digest(Base)}", $"removed\t./top\t{old}"],
            System.IO.File.ReadAllLines(_s["out/changes"]).Where(static l => !l.StartsWith('#')));
    }

    [Fact]
    public void Of_a_first_extraction_everything_is_added()
    {
        _s.With(Base).Extract(With);

        string[] lines = System.IO.File.ReadAllLines(_s["out/changes"]);
        Assert.StartsWith("# from nothing to sha256:", lines[1], StringComparison.Ordinal);
        Assert.Equal(["added\t.\t-", $"added\t./d\t{Digest(Base)}"], lines[2..4]);
    }

    [Fact]
    public void A_tree_that_is_replaced_whole_is_compared_too()
    {
        _s.With(Base, Of(File("small", "1"))).Extract(With);

        RootfsResult result = _s.With(Of(File("large", TarContent.Generated(400_000, 1)), Dir("d"), File("d/a", "A"), File("d/b")), Of(File("other", TarContent.Generated(600_000, 1)))).Extract(With);

        Assert.Null(result.Change);
        Assert.Equal(["changed\t./d/a", "added\t./other", "removed\t./small"], System.IO.File.ReadAllLines(_s["out/changes"]).Where(static l => !l.StartsWith('#')).Select(static l => l[..l.LastIndexOf('\t')]));
    }

    [Fact]
    public void Without_a_directory_there_is_none()
    {
        _s.With(Base);

        OciException error = Assert.Throws<OciException>(() => RootfsExtractor.Extract(
            _s.Request with { RootfsDirectory = null, Outputs = [new(OutputKind.RootfsArchive, _s["out/a.tar"]), new(OutputKind.Changes, _s["out/changes"])] }, TestContext.Current.CancellationToken));

        Assert.Equal("OCI7103", error.Code);
    }

    /// <summary>Against what the two mtree files say, over random sequences of images.</summary>
    [Fact]
    public void It_is_the_difference_of_the_two_records()
    {
        int compared = 0;
        for (int seed = 1; seed <= 60; seed++)
        {
            using TempDirectory temp = new();
            RandomImages sequence = new(seed);
            Dictionary<string, string>? before = null;
            for (int number = 0; number < 12; number++)
            {
                sequence.Draw().SaveArchive(temp["image.tar"]);
                try
                {
                    RootfsExtractor.Extract(new RootfsRequest
                    {
                        Image = temp["image.tar"],
                        RootfsDirectory = temp["rootfs"],
                        Name = "image",
                        MostReadPercent = number % 2 == 0 ? 100 : 60,
                        Outputs = [new(OutputKind.Mtree, temp["mtree"]), new(OutputKind.Changes, temp["changes"])],
                    }, TestContext.Current.CancellationToken);
                }
                catch (OciException)
                {
                    continue;
                }
                sequence.Take();
                Dictionary<string, string> now = Record(temp["mtree"], temp["rootfs"]);
                if (before is not null && !now.SequenceEqual(before))
                {
                    compared++;
                    Assert.Equal(Difference(before, now), System.IO.File.ReadAllLines(temp["changes"]).Where(static l => !l.StartsWith('#')).Select(static l => string.Join(' ', l.Split('\t')[..2])).Order(StringComparer.Ordinal));
                }
                before = now;
            }
        }
        Assert.InRange(compared, 40, int.MaxValue);
    }

    private static IEnumerable<string> Difference(Dictionary<string, string> before, Dictionary<string, string> now) =>
        before.Keys.Union(now.Keys).Select(path => !before.TryGetValue(path, out string? old) ? "added " + path : !now.TryGetValue(path, out string? @new) ? "removed " + path : old == @new ? null : "changed " + path)
            .OfType<string>().Order(StringComparer.Ordinal);

    /// <summary>By path: its line, with the first path of the link group for the group's number, and the file's bytes.</summary>
    private static Dictionary<string, string> Record(string mtree, string tree)
    {
        string[] lines = [.. System.IO.File.ReadAllLines(mtree).Where(static l => l.Length > 0 && !l.StartsWith('#'))];
        Dictionary<string, string> record = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string path = line[..line.IndexOf(' ', StringComparison.Ordinal)];
            string text = string.Join(' ', line.Split(' ').Select(word => word.StartsWith("inode=", StringComparison.Ordinal) ? "inode=" + lines[int.Parse(word[6..], System.Globalization.CultureInfo.InvariantCulture) - 1].Split(' ')[0] : word));
            string file = Path.Combine(tree, path);
            record[path] = text + (line.Contains("type=file", StringComparison.Ordinal) ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.IO.File.ReadAllBytes(file))) : "");
        }
        return record;
    }

    private static string Digest(ImageLayer layer) => "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(layer.Blob));

    private RootfsRequest With(RootfsRequest request) => request.With(OutputKind.Changes, _s["out/changes"]);
}
