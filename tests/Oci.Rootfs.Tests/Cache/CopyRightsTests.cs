using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Cache;

/// <summary>Who may read the unpacked copy of an archive.</summary>
public sealed class CopyRightsTests : IDisposable
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode All = OwnerAlone | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    private string Copy => Assert.Single(Directory.GetFiles(_s["cache"], "*.tar"));

    private bool WasUnpacked => _s.Messages.Any(static m => m.Text.StartsWith("Unpacking", StringComparison.Ordinal));

    private static void Save(string path, UnixFileMode mode)
    {
        File.WriteAllBytes(path, ImageLayer.GzipOf(Image.Of(Tars.Of(Tars.File("a", "one"))).For(null).ToLayout().ToArchive()));
        File.SetUnixFileMode(path, mode);
    }

    private RootfsResult Extract(string? image = null, string rootfs = "out/rootfs")
    {
        _s.Messages.Clear();
        return _s.Extract(r => r with { CacheDirectory = _s["cache"], Image = image ?? r.Image, RootfsDirectory = _s[rootfs] });
    }

    [Theory]
    [InlineData(All, All)]
    [InlineData(UnixFileMode.UserRead, OwnerAlone)]
    [InlineData(OwnerAlone | UnixFileMode.GroupRead, OwnerAlone)]
    [InlineData(OwnerAlone | UnixFileMode.OtherRead, OwnerAlone)]
    [InlineData(All | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite, All)]
    public void Others_may_read_the_copy_only_where_all_may_read_the_archive(UnixFileMode archive, UnixFileMode copy)
    {
        Save(_s.Image, archive);
        Extract();
        Assert.Equal(copy, File.GetUnixFileMode(Copy));
    }

    [Fact]
    public void An_archive_that_was_closed_to_others_closes_its_copy_which_is_not_unpacked_again()
    {
        Save(_s.Image, All);
        Extract();
        File.SetUnixFileMode(_s.Image, OwnerAlone);

        Extract();

        Assert.False(WasUnpacked);
        Assert.Equal(OwnerAlone, File.GetUnixFileMode(Copy));
        IReadOnlyList<string> before = DiskTree.Snapshot(_s["cache"]);
        Extract();
        Assert.Equal(before, DiskTree.Snapshot(_s["cache"]));
    }

    [Fact]
    public void An_umask_that_lets_a_group_write_does_not_make_the_cache_useless()
    {
        Save(_s.Image, All);
        string[] under = [.. Command.AsUser, "sh", "-c", "umask 002; exec \"$@\"", "-"];
        string[] arguments = ["extract", _s.Image, _s.Rootfs, "--cache", _s["cache"]];

        CommandResult first = Command.RunnerUnder(under, arguments);
        CommandResult again = Command.RunnerUnder(under, arguments);

        Assert.True((first.ExitCode, again.ExitCode) == (0, 3), first.Error + again.Error);
        Assert.Contains("Unpacking", first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unpacking", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_that_two_archives_share_is_for_those_who_may_read_both()
    {
        Save(_s.Image, All);
        Save(_s["closed"], OwnerAlone);
        Extract();
        Extract(_s["closed"], "out/closed");
        Assert.False(WasUnpacked);
        Assert.Equal(OwnerAlone, File.GetUnixFileMode(Copy));

        Extract();
        Assert.False(WasUnpacked);
        Assert.Equal(OwnerAlone, File.GetUnixFileMode(Copy));

        IReadOnlyList<string> before = DiskTree.Snapshot(_s["cache"]);
        Extract();
        Extract(_s["closed"], "out/closed");
        Assert.Equal(before, DiskTree.Snapshot(_s["cache"]));
    }

    [Fact]
    public void A_copy_that_cannot_be_closed_to_others_is_replaced()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to build as another user");
        Save(_s.Image, All);
        Extract();
        File.SetUnixFileMode(_s.Image, OwnerAlone);
        Command.Run("chown", "nobody", _s.Image, _s["cache"], _s["cache/oci-cache.lock"]);

        CommandResult result = Command.RunnerAsUser(["extract", _s.Image, _s["user/rootfs"], "--cache", _s["cache"]]);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("Unpacking", result.Output, StringComparison.Ordinal);
        Assert.Equal(OwnerAlone, File.GetUnixFileMode(Copy));
    }
}
