using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>The files that run an image, from build to build. How the image's user is found in its tree: <c>NamedUserTests</c>.</summary>
public sealed class RunFilesTests : IDisposable
{
    private const string Passwd = "root:x:0:0::/:\napp:x:1000:1001::/:\n";
    private const string Group = "audio:x:29:app\n";

    private static readonly string[] Expected = ["lxc.init.uid = 1000", "lxc.init.gid = 1001", "lxc.init.groups = 29"];

    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    [Fact]
    public void A_passwd_that_a_whiteout_removed_is_not_there()
    {
        Save("app", Tars.Of(Tars.File("etc/passwd", Passwd)), Tars.Of(Tars.Whiteout("etc/passwd")));

        OciException error = Assert.Throws<OciException>(() => Extract());

        Assert.Equal("OCI6017", error.Code);
        Assert.False(Directory.Exists(_s.Rootfs));
        Assert.False(System.IO.File.Exists(Lxc));
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("0200")]
    public void A_passwd_that_nobody_may_read_is_read_by_any_builder(string mode)
    {
        Save("app", Tars.Of(Tars.Dir("etc", mode: "0000"), Tars.File("etc/passwd", Passwd, mode: mode), Tars.File("etc/group", Group, mode: mode)));

        CommandResult result = _s.ExtractAsUser("--lxc", Lxc, "--runtime", Runtime);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(Expected, UserLines());
    }

    [Fact]
    public void The_files_are_the_same_whoever_builds_and_however_often()
    {
        Save("app", Tars.Of(Tars.File("etc/passwd", Passwd), Tars.File("etc/group", Group)));
        Assert.Equal(0, _s.ExtractAsUser("--lxc", Lxc, "--runtime", Runtime).ExitCode);
        (byte[] lxc, byte[] runtime) = (System.IO.File.ReadAllBytes(Lxc), System.IO.File.ReadAllBytes(Runtime));
        Directory.Delete(_s.Out, recursive: true);

        Extract();

        Assert.Equal("""{"uid":1000,"gid":1001,"additionalGids":[29]}""", JsonNode.Parse(runtime)!["process"]!["user"]!.ToJsonString());
        Assert.Equal(lxc, System.IO.File.ReadAllBytes(Lxc));
        Assert.Equal(runtime, System.IO.File.ReadAllBytes(Runtime));
    }

    [Fact]
    public void Without_a_directory_the_user_is_found_too_and_again_when_only_these_files_are_missing()
    {
        Save("app", Tars.Of(Tars.File("etc/passwd", Passwd), Tars.File("etc/group", Group)));
        Extract(WithoutDirectory);
        Assert.Equal(Expected, UserLines());
        System.IO.File.Delete(Lxc);

        Assert.True(Extract(WithoutDirectory).Extracted);

        Assert.Equal(Expected, UserLines());
        Assert.False(Extract(WithoutDirectory).Extracted);
    }

    [Fact]
    public void A_user_that_is_not_there_leaves_the_tree_and_the_files_of_the_build_before()
    {
        Save("app", Tars.Of(Tars.File("etc/passwd", Passwd)));
        Extract();
        IReadOnlyList<string> before = DiskTree.Snapshot(_s.Out);
        Save("nobody", Tars.Of(Tars.File("etc/passwd", Passwd)));

        Assert.Equal("OCI6017", Assert.Throws<OciException>(() => Extract()).Code);

        Assert.Equal(before, DiskTree.Snapshot(_s.Out));
    }

    [Fact]
    public void A_user_that_is_not_there_matters_only_where_a_file_needs_it()
    {
        Save("nobody", Tars.Of(Tars.File("f", "x")));

        Assert.True(_s.Extract().Extracted);
    }

    private string Lxc => System.IO.Path.Combine(_s.Out, "app.lxc.conf");

    private string Runtime => System.IO.Path.Combine(_s.Out, "bundle.json");

    private void Save(string user, params IEnumerable<ImageLayer> layers) =>
        _s.With(Image.Of(layers).For(null).WithConfig(new JsonObject { ["User"] = user }));

    private RootfsResult Extract(Func<RootfsRequest, RootfsRequest>? change = null) =>
        _s.Extract(request => (change ?? (static r => r))(request.With(OutputKind.LxcConfig, Lxc).With(OutputKind.RuntimeConfig, Runtime)));

    private RootfsRequest WithoutDirectory(RootfsRequest request) =>
        request.With(OutputKind.RootfsArchive, System.IO.Path.Combine(_s.Out, "app.tar")) with { RootfsDirectory = null };

    private string[] UserLines() => [.. System.IO.File.ReadAllLines(Lxc).Where(static line => line.StartsWith("lxc.init.", StringComparison.Ordinal))];
}
