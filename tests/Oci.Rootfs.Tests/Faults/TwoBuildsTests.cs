using System.Diagnostics;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>Builds of one destination in processes of their own, at the same time.</summary>
public sealed class TwoBuildsTests
{
    [Fact]
    public void Two_builds_of_one_destination_at_once_both_end_well_and_one_of_them_extracts()
    {
        using TwoImages images = new TwoImages(heavy: true).WithOld();
        Process[] builds = [Command.StartRunner(images.Arguments), Command.StartRunner(images.Arguments), Command.StartRunner(images.Arguments)];

        int[] codes = [.. builds.Select(static build =>
        {
            string error = build.StandardError.ReadToEnd();
            build.WaitForExit();
            Assert.True(build.ExitCode is 0 or 3, error);
            return build.ExitCode;
        })];

        Assert.Equal([0, 3, 3], codes.Order());
        Assert.True(images.IsNew());
        images.NextBuildMakesTheNewTree();
    }

    [Fact]
    public void Two_builds_of_different_images_at_once_leave_one_of_the_trees_whole()
    {
        using TwoImages images = new(heavy: true);
        string[] arguments = [.. images.Arguments];
        arguments[1] = images.OldImage;
        Process[] builds = [Command.StartRunner(images.Arguments), Command.StartRunner(arguments)];

        foreach (Process build in builds)
        {
            string error = build.StandardError.ReadToEnd();
            build.WaitForExit();
            Assert.True(build.ExitCode == 0, error);
        }

        Assert.True(images.IsNew() || images.IsOld());
        images.ShouldHaveNoLitter();
        RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken);
        Assert.True(images.IsNew());
    }

    [Fact]
    public void A_build_that_made_the_state_file_and_comes_second_to_its_lock_finds_the_tree_of_the_first()
    {
        using TwoImages images = new();
        string stateFile = Path.Combine(images.Out, ".rootfs.oci");
        string[] arguments = [.. images.Arguments];
        arguments[1] = images.OldImage;
        using Process slow = Strace.StopAt("flock", "EAGAIN", stateFile, arguments);
        while (!File.Exists(stateFile))
            Assert.False(slow.HasExited, "it ended before it made the state file");

        Assert.True(RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken).Extracted);
        // Again and again, for it may not have stopped yet: it does without fail.
        while (!slow.WaitForExit(TimeSpan.FromMilliseconds(10)))
            StoppedBuild.Signal(slow, "CONT");

        Assert.True(slow.ExitCode == 0, slow.StandardError.ReadToEnd());
        Assert.Contains("Waiting for another build", slow.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        Assert.True(images.IsOld());
        images.NextBuildMakesTheNewTree();
    }
}
