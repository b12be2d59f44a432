using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>A build that is killed: what it leaves is never taken for good, and the next build clears it away.</summary>
public sealed class KilledTests
{
    [Theory]
    [InlineData("KILL", false)]
    [InlineData("KILL", true)]
    [InlineData("TERM", false)]
    [InlineData("TERM", true)]
    public void Killed_while_contents_are_written(string signal, bool hasOld)
    {
        using TwoImages images = new(heavy: true);
        if (hasOld)
            images.WithOld();
        using StoppedBuild build = StoppedBuild.Start(images);

        Assert.NotEqual(0, build.GoOn(signal).ExitCode);

        Assert.True(hasOld ? images.IsOld() : !Path.Exists(images.Rootfs));
        images.NextBuildMakesTheNewTree();
    }

    /// <summary>Each rename and each write of the mark while the new tree is put in the old one's place, and the removal of the old one.</summary>
    [Theory]
    [InlineData("mkdirat", 1)]
    [InlineData("mkdirat", 2)]
    [InlineData("symlinkat", 1)]
    [InlineData("renameat2", 1)]
    [InlineData("rename", 1)]
    [InlineData("rename", 2)]
    [InlineData("rename", 3)]
    [InlineData("ftruncate", 1)]
    [InlineData("ftruncate", 2)]
    [InlineData("unlinkat", 1)]
    [InlineData("unlinkat", 2)]
    [InlineData("unlinkat", 3)]
    [InlineData("unlinkat", 4)]
    [InlineData("unlinkat", 6)]
    public void Killed_at_a_system_call(string call, int number)
    {
        using TwoImages images = new TwoImages().WithOld();

        CommandResult result = Strace.Kill(call, number, images.Arguments);

        Assert.True(result.ExitCode is not (0 or 1), $"it was not killed: {result}");
        Assert.True(images.IsOld() || images.IsNew(), "neither tree stands whole");
        images.NextBuildMakesTheNewTree();
    }

    [Theory]
    [InlineData("renameat", 1)]
    [InlineData("rename", 1)]
    [InlineData("ftruncate", 1)]
    [InlineData("ftruncate", 2)]
    public void The_first_build_killed_at_a_system_call(string call, int number)
    {
        using TwoImages images = new();

        CommandResult result = Strace.Kill(call, number, images.Arguments);

        Assert.True(result.ExitCode is not (0 or 1), $"it was not killed: {result}");
        Assert.True(!Path.Exists(images.Rootfs) || images.IsNew(), "half a tree stands");
        images.NextBuildMakesTheNewTree();
    }

    [Fact]
    public void Clean_after_a_killed_build_leaves_nothing_of_it()
    {
        using TwoImages images = new TwoImages(heavy: true).WithOld();
        using StoppedBuild build = StoppedBuild.Start(images);
        build.GoOn("KILL");

        Assert.True(RootfsExtractor.Clean(images.Rootfs, cancellation: TestContext.Current.CancellationToken));

        Assert.False(Path.Exists(images.Rootfs));
        images.ShouldHaveNoLitter();
    }
}
