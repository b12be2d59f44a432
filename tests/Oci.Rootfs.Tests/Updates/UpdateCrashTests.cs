using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Faults;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>
/// An update is killed at each system call that changes something, and each of them fails once. Then the old tree stands, or the new one, or
/// nothing that passes for a tree; and the next build, of either image, is right.
/// </summary>
public sealed class UpdateCrashTests
{
    /// <summary>More of one kind than any update of the pair makes.</summary>
    private const int MostCalls = 200;

    public static TheoryData<string> Calls =>
        ["renameat", "rename", "mkdirat", "unlinkat", "linkat", "symlinkat", "mknodat", "fchownat", "fchown", "fchmod", "chmod", "utimensat", "setxattr", "removexattr", "fsetxattr", "pwrite64", "ftruncate"];

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
            pair.NextBuildMakes(number % 2 == 0 ? UpdatePair.OldImage : UpdatePair.NewImage);
            Assert.InRange(number, 1, MostCalls);
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_system_call_that_fails_leaves_the_old_tree_or_does_no_harm(string call)
    {
        string[] errors = call is "linkat" ? ["EMLINK"] : call is "pwrite64" or "mkdirat" or "setxattr" ? ["ENOSPC"] : ["EIO", "EDQUOT", "EROFS"];
        for (int number = 1; ; number++)
        {
            using UpdatePair pair = new UpdatePair().WithOld();
            CommandResult result = Strace.Fail(call, errors[number % errors.Length], number, pair.Arguments(UpdatePair.NewImage), "-o", pair["trace"]);
            if (result.ExitCode == 0)
            {
                Assert.True(pair.IsNew(), $"{call} {number}: {result}");
                // Fewer calls were made.
                if (!File.ReadAllText(pair["trace"]).Contains("INJECTED", StringComparison.Ordinal))
                    break;
                continue;
            }
            Assert.Equal(1, result.ExitCode);
            Assert.Matches("^OCI[0-9]{4}: ", result.Error);
            Assert.True(pair.IsOld(), $"{call} {number}: the old tree does not stand: {result}\n{string.Join('\n', Directory.Exists(pair.Rootfs) ? WholeTree.Of(pair.Rootfs).Except(UpdatePair.OldTree) : ["(nothing)"])}");
            // The old tree is known as what it is, and can be updated.
            pair.Messages.Clear();
            if (number % 2 == 0)
                pair.NextBuildMakes(UpdatePair.OldImage);
            RootfsResult next = pair.Update();
            Assert.True(pair.IsNew());
            Assert.DoesNotContain(pair.Messages, static m => m.Code == "OCI7101");
            Assert.InRange(number, 1, MostCalls);
        }
    }

    [Fact]
    public void Where_taking_back_fails_too_no_tree_stands_and_the_error_says_so()
    {
        using UpdatePair pair = new UpdatePair().WithOld();

        CommandResult result = Strace.Inject(["renameat:error=EIO:when=12+"], pair.Arguments(UpdatePair.NewImage));

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("OCI5021: ", result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(pair.Rootfs));
        Assert.Null(pair.Key());
        pair.NextBuildMakes(UpdatePair.NewImage);
    }
}
