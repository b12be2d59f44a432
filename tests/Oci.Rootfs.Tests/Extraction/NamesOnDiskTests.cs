using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Rules 40 to 47 from the image to the disk.</summary>
public sealed class NamesOnDiskTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    [Theory]
    [InlineData("/d/f")]
    [InlineData("./d//f")]
    [InlineData("//d/./f")]
    public void Slashes_and_dots_in_names_and_links_rule_40(string name) =>
        _s.With(Of(File(name, "1"), Hardlink("h", name))).Gives("d d 755", "d/f f 644", "h f 644").AndReads("h", "1");

    [Theory]
    [InlineData("./")]
    [InlineData("/")]
    [InlineData(".")]
    public void The_root_entry_rule_43(string name)
    {
        _s.With(Of(File("f"), Dir(name, mode: "0711", mtime: 5)));

        _s.Extract();

        Assert.Equal(["d 711", "f f 644"], DiskTree.Of(_s.Rootfs));
        Assert.Contains("5.0000000000", DiskTree.Times(_s.Rootfs));
    }

    [Fact]
    public void A_trailing_slash_makes_a_directory_in_V7_archives_alone_rule_45() =>
        _s.With(Of(File("a/", "1"), File("b/") with { Format = TarFormat.V7 })).Gives("a f 644", "b d 644");

    [Fact]
    public void A_name_of_any_bytes_rule_46()
    {
        byte[] name = [0x01, 0x0a, 0x22, 0x24, 0x28, 0x5c, 0x7f, 0xff];
        _s.With(Of(Dir(name), File((byte[])[.. name, (byte)'/', .. name], "odd"), Symlink((byte[])[.. name, 1], name)));

        _s.Extract();

        CommandResult listed = Command.Run("sh", "-c", $"cd '{_s.Rootfs}' && find . -type f | od -An -v -tx1 -w64");
        Assert.Equal("2e 2f 01 0a 22 24 28 5c 7f ff 2f 01 0a 22 24 28 5c 7f ff 0a", listed.Output.Trim());
    }

    [Fact]
    public void The_longest_component_and_a_path_beyond_4096_bytes_rule_47()
    {
        string component = new('x', 255);
        string deep = string.Join('/', Enumerable.Repeat(component, 20));
        _s.With(Of(File(deep + "/f", "deep")));

        _s.Extract();

        // No path reaches it in one step: find(1) goes down directory by directory.
        Assert.Equal("deep", Command.Run("find", _s.Rootfs, "-type", "f", "-execdir", "cat", "{}", ";").Output);
        Assert.True(RootfsExtractor.Clean(_s.Rootfs, cancellation: TestContext.Current.CancellationToken));
        _s.ShouldHaveNoLitter();
    }

    [Fact]
    public void A_path_of_ten_thousand_components_where_the_limit_lets_it_rule_47()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 10_000));
        _s.With(Of(File(deep + "/f", "deep")));

        _s.Extract(static r => r with { Limits = new() { MaxPathDepth = 10_001 } });
        _s.With(Of(File("f")));

        _s.Gives("f f 644");
    }
}
