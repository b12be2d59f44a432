using System.Text.RegularExpressions;
using Oci.Images;
using Oci.Rootfs.Tests.Context;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>What an extraction that takes long says meanwhile. The clock goes on by a second each time that the engine looks at it.</summary>
public sealed partial class ProgressOfExtractionTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    private static TarItem[] Files(string directory) =>
        [Dir(directory), .. Enumerable.Range(0, 40).Select(i => File($"{directory}/{i}", $"{i}"))];

    private static string Text(int length) => string.Concat(Enumerable.Range(0, length / 8).Select(static i => $"{i * 7919L % 99999999:D8}"));

    private void Extract(TimeSpan step) => _s.Extract(request => request with { Clock = new HandClock(step) });

    private string[] Said(string start) => [.. _s.Messages.Where(m => m.Kind == RootfsMessageKind.Normal && m.Text.StartsWith(start, StringComparison.Ordinal)).Select(static m => m.Text)];

    [Fact]
    public void A_single_large_file_is_said_in_the_middle_of_its_layer()
    {
        _s.With(ImageLayer.Gzip(Of(File("large", Text(4 << 20)))));

        Extract(TimeSpan.FromSeconds(1));

        string[] said = Said("Layer 1 of 1: ");
        Assert.True(said.Length > 1, string.Join('\n', said));
        Assert.All(said, static text => Assert.Matches(@"^Layer 1 of 1: \d+ % of \d+\.\d MB read(, \d+\.\d MB/s)?\.$", text));
    }

    [Fact]
    public void The_paths_done_grow_to_all_paths_of_the_tree()
    {
        _s.With(ImageLayer.Gzip(Of(Files("a"))), ImageLayer.Gzip(Of(Files("b"))));

        Extract(TimeSpan.FromSeconds(3));

        (int Done, int All)[] said = [.. Said("Writing the tree: ").Select(static text => Numbers().Match(text)).Select(static m => (int.Parse(m.Groups[1].Value), int.Parse(m.Groups[2].Value)))];
        Assert.All(said, static s => Assert.Equal(83, s.All));
        Assert.Equal(said.Select(static s => s.Done).Order(), said.Select(static s => s.Done));
        Assert.Equal(83, said[^1].Done);
    }

    [Fact]
    public void An_archive_compressed_as_a_whole_is_said_while_it_is_unpacked()
    {
        System.IO.File.WriteAllBytes(_s.Image, ImageLayer.GzipOf(Image.Of(Of(File("large", Text(4 << 20)))).For(null).ToLayout().ToArchive()));

        Extract(TimeSpan.FromSeconds(3));

        Assert.Contains(Said($"'{_s.Image}': "), static text => text.Contains(" % of ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_archive_is_said_in_the_middle_of_a_large_file_with_a_directory_and_without(bool directory)
    {
        _s.With(ImageLayer.Gzip(Of(File("large", Text(4 << 20)))));

        _s.Extract(request => request with
        {
            Clock = new HandClock(TimeSpan.FromSeconds(3)),
            RootfsDirectory = directory ? request.RootfsDirectory : null,
            Outputs = [new RequestedOutput(OutputKind.RootfsArchive, _s["a.tar"])],
        });

        string[] said = Said("Writing archives: ");
        Assert.Contains(said, static text => text.StartsWith("Writing archives: 1 of 2 paths done, ", StringComparison.Ordinal));
        Assert.StartsWith("Writing archives: 2 of 2 paths done, 4.2 MB", said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_that_is_done_at_once_says_nothing_of_it()
    {
        _s.With(ImageLayer.Gzip(Of(Files("a"))));

        Extract(TimeSpan.Zero);

        Assert.Empty(Said("Layer "));
        Assert.Empty(Said("'"));
        Assert.Empty(Said("Writing "));
    }

    [Fact]
    public void The_clock_changes_no_file()
    {
        _s.With(ImageLayer.Gzip(Of(Files("a"))));
        Extract(TimeSpan.Zero);
        string[] before = [.. _s.Outputs.Select(System.IO.File.ReadAllText)];

        RootfsExtractor.Clean(_s.Rootfs, cancellation: TestContext.Current.CancellationToken);
        Extract(TimeSpan.FromHours(1));

        Assert.Equal(before, _s.Outputs.Select(System.IO.File.ReadAllText));
    }

    [GeneratedRegex(@"(\d+) of (\d+) paths done\.$")]
    private static partial Regex Numbers();
}
