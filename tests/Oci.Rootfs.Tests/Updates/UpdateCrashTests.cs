using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Faults;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>
/// An update is killed at each system call that changes something. Then the old tree stands, or the new one, or nothing that passes for a tree;
/// and the next build, of either image, is right.
/// </summary>
public sealed class UpdateCrashTests
{
    /// <summary>More of one kind than any update of the pair makes.</summary>
    private const int MostCalls = 200;

    public static TheoryData<string> Calls =>
        ["renameat", "rename", "mkdirat", "unlinkat", "linkat", "symlinkat", "mknodat", "fchownat", "fchown", "fchmod", "chmod", "utimensat", "setxattr", "removexattr", "fsetxattr", "pwrite64", "ftruncate"];

    [Fact]
    public void What_it_leaves_goes_with_a_build_of_the_image_that_stands_too()
    {
        using UpdatePair pair = new UpdatePair().WithOld();
        // The first write into the state file would have taken the key from it.
        CommandResult result = Strace.KillAtWrite(pair.StateFile, pair.Arguments(UpdatePair.NewImage));
        Assert.NotEqual(0, result.ExitCode);
        Assert.NotNull(pair.Key());
        Assert.True(File.Exists(pair["out/.config.json.oci-new"]));

        pair.NextBuildMakes(UpdatePair.OldImage);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void Killed_at_any_system_call_it_leaves_nothing_that_lies(string call)
    {
        for (int number = 1; ; number++)
        {
            using UpdatePair pair = new UpdatePair().WithOld();
            CommandResult result = Strace.Kill(call, number, pair.Arguments(UpdatePair.NewImage));
            if (result.ExitCode == 0)
            {
                Assert.Contains("layersRead=1", result.Output, StringComparison.Ordinal);
                break;
            }
            Assert.True(result.ExitCode != 1, $"{call} {number}: it was not killed: {result}");
            Assert.True(!Directory.Exists(pair.Rootfs) || pair.IsOld() || pair.IsNew() || pair.Key() is null, $"{call} {number}: the state file vouches for half a tree");
            // While links are made, the tree is closed to others.
            if (call is "linkat" or "symlinkat")
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(pair["out/.rootfs.oci-away"]));
            pair.NextBuildMakes(number % 2 == 0 ? UpdatePair.OldImage : UpdatePair.NewImage);
            Assert.InRange(number, 1, MostCalls);
        }
    }
}
