using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>Once the new state is written the build has succeeded: what can't be removed of the old tree is a warning, and goes later.</summary>
public sealed class AfterPublishingTests : IDisposable
{
    private const int Done = 0, UpToDate = 3;

    private readonly Scenario _s = new Scenario().With(Of(Dir("dir"), File("dir/mine", "1"), File("a", "old")));

    /// <summary>In a directory of root's nothing goes.</summary>
    private static readonly string[] Stuck = ["dir/file", "dir/mine"];

    private string Left => _s["out/.rootfs.oci-new"];

    public void Dispose() => _s.Dispose();

    [Fact]
    public void Somebody_elses_file_in_the_old_tree_is_left_and_the_build_succeeds()
    {
        LeaveSomebodyElsesFile();

        CommandResult result = _s.ExtractAsUser();

        Assert.True(result.ExitCode == Done, result.Error);
        Assert.Equal("new", _s.Read("a"));
        Assert.Contains("OCI5103", result.Output, StringComparison.Ordinal);
        Assert.Contains($"'{Left}'", result.Output, StringComparison.Ordinal);
        Assert.Equal(Stuck, FilesBelow(Left));
    }

    [Fact]
    public void A_build_with_nothing_to_do_says_what_is_left_and_removes_it_when_it_can()
    {
        LeaveSomebodyElsesFile();
        _s.ExtractAsUser();

        CommandResult stuck = _s.ExtractAsUser();
        Assert.Equal(UpToDate, stuck.ExitCode);
        Assert.Contains("OCI5103", stuck.Output, StringComparison.Ordinal);
        Command.Run("chown", "-R", "65534:65534", Left);
        CommandResult free = _s.ExtractAsUser();

        Assert.Equal(UpToDate, free.ExitCode);
        Assert.DoesNotContain("OCI5103", free.Output, StringComparison.Ordinal);
        _s.ShouldHaveNoLitter();
    }

    [Fact]
    public void What_is_left_stops_no_later_build_however_often_it_happens()
    {
        for (int round = 1; round <= 3; round++)
        {
            LeaveSomebodyElsesFile(round.ToString(System.Globalization.CultureInfo.InvariantCulture));
            CommandResult result = _s.ExtractAsUser();
            Assert.True(result.ExitCode == Done, result.Error);
        }
        string[] left = [Left, _s["out/.rootfs.oci-left1"], _s["out/.rootfs.oci-left2"]];
        Assert.All(left, static l => Assert.Equal(Stuck, FilesBelow(l)));

        Command.Run("rm", "-r", left[1]);
        _s.ExtractAsUser();
        Assert.Equal(Stuck, FilesBelow(left[1]));
        Assert.False(Path.Exists(left[2]));
    }

    [Fact]
    public void Clean_removes_what_goes_and_tells_of_the_rest()
    {
        LeaveSomebodyElsesFile();

        CommandResult result = _s.CleanAsUser();

        Assert.True(result.ExitCode == Done, result.Error);
        Assert.Contains("OCI5103", result.Output, StringComparison.Ordinal);
        Assert.Equal(Stuck, FilesBelow(_s.Rootfs));
        Assert.Equal(Done, _s.ExtractAsUser().ExitCode);
        Assert.Equal("new", _s.Read("a"));
    }

    [Fact]
    public void Clean_keeps_the_state_of_what_it_can_not_remove_beside_the_tree()
    {
        LeaveSomebodyElsesFile();
        _s.ExtractAsUser();

        CommandResult result = _s.CleanAsUser();

        Assert.True(result.ExitCode == Done, result.Error);
        Assert.Contains("OCI5103", result.Output, StringComparison.Ordinal);
        Assert.False(Path.Exists(_s.Rootfs));
        CommandResult next = _s.ExtractAsUser();
        Assert.True(next.ExitCode == Done, next.Error);
        Command.Run("chown", "-R", "65534:65534", _s.Out);
        Assert.Equal(Done, _s.CleanAsUser().ExitCode);
        _s.ShouldHaveNoLitter();
    }

    [Fact]
    public void A_first_build_that_fails_and_can_not_remove_its_staging_keeps_the_next_one_possible()
    {
        using TwoImages images = new();

        Assert.Equal(1, Strace.Inject(["renameat2:error=EIO", "renameat:error=EIO", "unlinkat:error=EIO"], images.Arguments).ExitCode);

        images.NextBuildMakesTheNewTree();
    }

    [Theory]
    [InlineData("unlinkat")]
    [InlineData("getdents64")]
    public void A_disk_that_fails_while_the_old_tree_is_removed_makes_a_warning(string call)
    {
        using TwoImages images = new TwoImages().WithOld();
        int number = 1;
        CommandResult result;
        // The calls before the last ones clear staging names; a failure there is an error, and not what is meant here.
        while ((result = Strace.Fail(call, "EIO", number, images.Arguments)).ExitCode != Done || !result.Output.Contains("OCI5103", StringComparison.Ordinal))
        {
            Assert.True(number++ < 200, "no call was found whose failure leaves the old tree: " + result.Error);
            images.WithOld();
        }

        Assert.True(images.IsNew());
        images.NextBuildMakesTheNewTree();
    }

    [Theory]
    [InlineData("ENOLCK")]
    [InlineData("ENOSYS")]
    public void Where_locks_can_not_be_had_the_build_goes_on_with_a_warning(string error)
    {
        using TwoImages images = new();

        CommandResult result = Strace.FailAll("flock", error, images.Arguments);

        Assert.True(result.ExitCode == Done, result.Error);
        Assert.Contains("OCI5104", result.Output, StringComparison.Ordinal);
        images.NextBuildMakesTheNewTree();
    }

    /// <summary>A tree of an ordinary user with a file in it that only root can remove; then another image.</summary>
    private void LeaveSomebodyElsesFile(string content = "new")
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to own a file in another user's tree");
        CommandResult old = _s.ExtractAsUser();
        Assert.True(old.ExitCode is Done or UpToDate, old.Error);
        System.IO.File.WriteAllText(_s["out/rootfs/dir/file"], "");
        Command.Run("chown", "0:0", _s["out/rootfs/dir"]);
        _s.With(Of(Dir("dir"), File("dir/mine", content), File("a", content)));
    }

    private static IEnumerable<string> FilesBelow(string directory) =>
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(directory, f)).Order(StringComparer.Ordinal);
}
