using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>A user that the config names is looked up in the files of the tree that is being made, however it is made.</summary>
public sealed class NamedUserTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    private string Lxc => _s["out/app.lxc.conf"];

    private void Image(params byte[][] layers) =>
        _s.With(Oci.Images.Image.Of([.. layers.Select(static l => (ImageLayer)l)]).For(null).WithConfig(new JsonObject { ["User"] = "app" }));

    private string[] Extract(bool withDirectory)
    {
        _s.Extract(r => (withDirectory ? r : r with { RootfsDirectory = null, Outputs = [new(OutputKind.RootfsArchive, _s["out/app.tar"])] }).With(OutputKind.LxcConfig, Lxc));
        return [.. File.ReadAllLines(Lxc).Where(static line => line.StartsWith("lxc.init.", StringComparison.Ordinal))];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_top_layer_s_file_counts(bool withDirectory)
    {
        Image(Tars.Of(Tars.File("etc/passwd", "app:x:1:1::/:\n")), Tars.Of(Tars.File("etc/passwd", "app:x:1000:1001::/:\n")));

        Assert.Equal(["lxc.init.uid = 1000", "lxc.init.gid = 1001"], Extract(withDirectory)[..2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_behind_a_link_is_found_within_the_root(bool withDirectory)
    {
        Image(Tars.Of(Tars.Symlink("etc", "/usr/lib/etc"), Tars.File("usr/lib/etc/passwd", "app:x:7:8::/:\n")));

        Assert.Equal(["lxc.init.uid = 7", "lxc.init.gid = 8"], Extract(withDirectory)[..2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_that_a_lower_layer_has_and_an_upper_one_only_links_is_fetched(bool withDirectory)
    {
        Image(Tars.Of(Tars.File("etc/passwd-", "app:x:5:6::/:\n")), Tars.Of(Tars.Hardlink("etc/passwd", "etc/passwd-"), Tars.Whiteout("etc/passwd-")));

        Assert.Equal(["lxc.init.uid = 5", "lxc.init.gid = 6"], Extract(withDirectory)[..2]);
    }

    [Fact]
    public void An_ordinary_user_reads_a_file_whose_mode_forbids_it()
    {
        Image(Tars.Of(Tars.File("etc/passwd", "app:x:3:4::/:\n", "0000")));

        CommandResult made = Command.RunnerAsUser("extract", _s.Image, _s["user/tree"], "--lxc", _s["user/lxc.conf"]);

        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Assert.Contains("lxc.init.uid = 3", File.ReadAllText(_s["user/lxc.conf"]), StringComparison.Ordinal);
        Assert.Contains("etc/passwd f 0", DiskTree.Of(_s["user/tree"]));
    }

    [Fact]
    public void A_name_that_the_image_does_not_know_leaves_no_tree()
    {
        Image(Tars.Of(Tars.File("etc/passwd", "other:x:3:4::/:\n")));

        Assert.StartsWith("OCI60", _s.Fails(r => r.With(OutputKind.LxcConfig, Lxc)).Code, StringComparison.Ordinal);

        Assert.False(Directory.Exists(_s.Rootfs));
        _s.ShouldHaveNoLitter();
    }
}
