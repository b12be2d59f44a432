using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Faults;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>Each system call that changes something fails once in an update. Then the old tree stands, known as what it is.</summary>
public sealed class UpdateFailureTests
{
    private const int MostCalls = 200;

    [Theory]
    [MemberData(nameof(UpdateCrashTests.Calls), MemberType = typeof(UpdateCrashTests))]
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
