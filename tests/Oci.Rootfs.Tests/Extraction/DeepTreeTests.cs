using System.Globalization;
using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>
/// Directories are opened a few times each, in whichever order a deep tree is listed: counted, not timed. More handles than are kept
/// would be needed to have all ways open.
/// </summary>
public sealed class DeepTreeTests : IDisposable
{
    private const int Depth = 700;

    private readonly Scenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Theory]
    [InlineData(2, 300)]
    [InlineData(9, 60)]
    public void Files_in_turns_at_the_ends_of_deep_chains(int chains, int rounds)
    {
        IEnumerable<TarItem> files =
            from round in Enumerable.Range(0, rounds)
            from chain in Enumerable.Range(0, chains)
            select File($"{Chain(chain, Depth)}/f{round}", Text(round));

        Assert.InRange(Opened(ImageLayer.Gzip(Of(files))), 1, 5 * chains * Depth);
        Assert.Equal(Text(rounds - 1), _scenario.Read($"{Chain(chains - 1, Depth)}/f{rounds - 1}"));
    }

    [Fact]
    public void Files_in_turns_all_along_two_deep_chains()
    {
        IEnumerable<TarItem> files =
            from depth in Enumerable.Range(1, Depth)
            from chain in Enumerable.Range(0, 2)
            select File($"{Chain(chain, depth % 2 == 0 ? depth : Depth - depth)}/f", "x");

        Assert.InRange(Opened(ImageLayer.Gzip(Of(files))), 1, 12 * Depth);
    }

    [Fact]
    public void A_spine_with_files_and_directories_at_each_level_before_and_after_the_next()
    {
        IEnumerable<TarItem> items = Enumerable.Range(0, Depth).SelectMany(static depth => (TarItem[])
        [
            File($"{Spine(depth)}a", "a"), Dir($"{Spine(depth)}b"), Dir($"{Spine(depth)}y"), File($"{Spine(depth)}z", "z"),
        ]);

        Assert.InRange(Opened(ImageLayer.Gzip(Of(items))), 1, 20 * Depth);
    }

    [Fact]
    public void Hardlinks_to_files_at_the_ends_of_deep_chains_in_turns()
    {
        IEnumerable<TarItem> files = Enumerable.Range(0, 9).Select(static chain => File($"{Chain(chain, Depth)}/f", Text(chain)));
        IEnumerable<TarItem> links = Enumerable.Range(0, 900).Select(static i => Hardlink(Name($"link{i:d3}"), $"{Chain(i % 9, Depth)}/f"));

        Assert.InRange(Opened(ImageLayer.Gzip(Of(files.Concat(links)))), 1, 6 * 9 * Depth);
        Assert.Equal("4", _scenario.Read("link004"));
        Assert.Equal("101", Command.Run("stat", "-c", "%h", Path.Combine(_scenario.Rootfs, "link004")).Output.Trim());
    }

    [Fact]
    public void An_upper_layer_that_replaces_the_chains_by_files()
    {
        TarItem[] lower = [.. from round in Enumerable.Range(0, 60) from chain in Enumerable.Range(0, 9) select Symlink($"s{chain}", Chain(chain, Depth))];
        TarItem[] through = [.. from round in Enumerable.Range(0, 60) from chain in Enumerable.Range(0, 9) select File($"s{chain}/f{round}", Text(round))];
        TarItem[] ends = [.. Enumerable.Range(0, 9).Select(static chain => Dir(Chain(chain, Depth)))];

        Assert.InRange(Opened(ImageLayer.Gzip(Of(ends)), ImageLayer.Gzip(Of(lower)), ImageLayer.Gzip(Of(through))), 1, 6 * 9 * Depth);
        Assert.Equal("59", _scenario.Read($"{Chain(8, Depth)}/f59"));
    }

    private long Opened(params ImageLayer[] layers)
    {
        _scenario.With(layers).Extract();
        string message = Assert.Single(_scenario.Messages, static m => m.Text.StartsWith("Directories were opened ", StringComparison.Ordinal)).Text;
        return long.Parse(message.Split(' ')[3], CultureInfo.InvariantCulture);
    }

    private static string Chain(int number, int depth) => Name($"{(char)('a' + number)}") + string.Concat(Enumerable.Repeat("/d", depth - 1));

    private static string Spine(int depth) => string.Concat(Enumerable.Repeat("m/", depth));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Name(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
