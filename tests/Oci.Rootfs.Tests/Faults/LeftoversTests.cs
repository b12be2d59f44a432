using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>
/// A build that was killed while it removed the old tree leaves the rest of it, and a new tree that is up to date. The next build has
/// nothing to extract; it still removes the rest.
/// </summary>
public sealed class LeftoversTests
{
    [Theory]
    [InlineData(".rootfs.oci-new")]
    [InlineData(".rootfs.oci-aside")]
    public void A_build_with_nothing_to_do_removes_what_a_killed_one_left(string name)
    {
        using TwoImages images = new();
        images.NextBuildMakesTheNewTree();
        Leave(images, name);

        Assert.False(RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken).Extracted);

        images.ShouldHaveNoLitter();
        Assert.True(images.IsNew());
        Assert.DoesNotContain(images.Messages, static m => m.Code is not null);
    }

    [Fact]
    public void A_build_that_may_do_no_work_removes_nothing_and_is_up_to_date()
    {
        using TwoImages images = new();
        images.NextBuildMakesTheNewTree();
        Leave(images, ".rootfs.oci-new");

        Assert.False(RootfsExtractor.Extract(images.Request with { FailIfNotUpToDate = true }, TestContext.Current.CancellationToken).Extracted);

        Assert.True(Directory.Exists(Path.Combine(images.Out, ".rootfs.oci-new", "d")));
    }

    [Fact]
    public void What_can_not_be_removed_is_a_warning_that_names_it()
    {
        using TwoImages images = new();
        Assert.Equal(0, Command.RunnerAsUser(images.Arguments).ExitCode);
        string left = Path.Combine(images.Out, ".rootfs.oci-new");
        Directory.CreateDirectory(left);
        Command.Run("chmod", "0555", images.Out);

        CommandResult warned = Command.RunnerAsUser(images.Arguments);
        Command.Run("chmod", "0755", images.Out);
        CommandResult next = Command.RunnerAsUser(images.Arguments);

        Assert.True((warned.ExitCode, next.ExitCode) == (3, 3), warned.Error + next.Error);
        string warning = Assert.Single(warned.Output.Split('\n'), static line => line.StartsWith("warning ", StringComparison.Ordinal));
        Assert.StartsWith("warning OCI5103: ", warning, StringComparison.Ordinal);
        Assert.Contains($"'{left}'", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", next.Output, StringComparison.Ordinal);
        images.ShouldHaveNoLitter();
    }

    [Fact]
    public void Without_a_tree_of_ours_what_bears_the_names_of_leftovers_stays()
    {
        using TwoImages images = new();
        Leave(images, ".rootfs.oci-new");

        Assert.Equal("OCI5010", Assert.Throws<OciException>(() => RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken)).Code);

        Assert.True(Directory.Exists(Path.Combine(images.Out, ".rootfs.oci-new", "d")));
    }

    private static void Leave(TwoImages images, string name)
    {
        string directory = Path.Combine(images.Out, name, "d");
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "f"), "of the old tree");
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }
}
