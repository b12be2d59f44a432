using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>Each system call with which the engine writes fails, early and late.</summary>
public sealed class FailingCallTests
{
    public static TheoryData<string, string, int> Calls()
    {
        TheoryData<string, string, int> all = [];
        (string Call, string Error, int[] When)[] calls =
        [
            ("mkdirat", "ENOSPC", [1, 2, 3, 9]),
            ("mkdirat", "EACCES", [1, 4]),
            ("pwrite64", "ENOSPC", [1, 2, 3, 4]),
            ("pwrite64", "EIO", [1, 3]),
            ("pwrite64", "EDQUOT", [2]),
            ("pwrite64", "EROFS", [2]),
            ("fchmod", "EIO", [2, 3, 20]),
            ("fchown", "EIO", [3, 20]),
            ("fchownat", "EIO", [1, 2]),
            ("utimensat", "EIO", [1, 20]),
            ("linkat", "EMLINK", [1]),
            ("linkat", "ENOSPC", [2]),
            ("symlinkat", "ENOSPC", [1]),
            ("mknodat", "EIO", [1, 2]),
            ("fsetxattr", "ENOSPC", [4, 5]),
            ("ftruncate", "EIO", [1, 2]),
            ("renameat2", "EACCES", [1]),
            ("renameat2", "EINVAL", [1]),
            ("renameat", "ENOSPC", [1, 2]),
            ("rename", "EACCES", [1, 2, 3]),
            ("unlinkat", "EACCES", [1, 2, 3, 4, 5]),
            ("unlinkat", "EIO", [1, 3, 9]),
            ("flock", "ENOLCK", [1]),
            ("statx", "EIO", [1, 2, 3, 4, 5, 6]),
        ];
        foreach ((string call, string error, int[] when) in calls)
        {
            foreach (int number in when)
                all.Add(call, error, number);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_system_call_that_fails_is_a_coded_error_or_does_no_harm(string call, string error, int number)
    {
        using TwoImages images = new TwoImages().WithOld();

        CommandResult result = Strace.Fail(call, error, number, images.Arguments);

        if (result.ExitCode != 0)
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Matches("^OCI[0-9]{4}: ", result.Error);
        }
        Assert.True(result.ExitCode == 0 ? images.IsNew() : images.IsOld(), $"a build that succeeds leaves the new tree, and one that fails the old one: {result}");
        images.NextBuildMakesTheNewTree();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Where_directories_cannot_be_exchanged_a_rename_that_fails_brings_the_old_tree_back(int number)
    {
        using TwoImages images = new TwoImages().WithOld();

        CommandResult result = Strace.Fail("renameat", "EIO", number, images.Arguments, "-e", "trace=renameat,renameat2", "-e", "inject=renameat2:error=EINVAL");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("OCI5020", result.Error, StringComparison.Ordinal);
        images.ShouldBeUntouched(hadOld: true);
        images.NextBuildMakesTheNewTree();
    }

    [Fact]
    public void Where_directories_cannot_be_exchanged_the_new_tree_is_put_in_place_by_two_renames()
    {
        using TwoImages images = new TwoImages().WithOld();

        CommandResult result = Strace.Fail("renameat2", "EINVAL", 1, images.Arguments);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(images.IsNew());
        images.ShouldHaveNoLitter();
    }

    [Theory]
    [InlineData("mkdirat", "ENOSPC", 1)]
    [InlineData("pwrite64", "ENOSPC", 3)]
    [InlineData("linkat", "ENOSPC", 1)]
    [InlineData("symlinkat", "ENOSPC", 1)]
    [InlineData("renameat", "ENOSPC", 1)]
    [InlineData("rename", "EACCES", 1)]
    public void The_first_build_that_fails_leaves_nothing_at_all(string call, string error, int number)
    {
        using TwoImages images = new();

        CommandResult result = Strace.Fail(call, error, number, images.Arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.Matches("^OCI[0-9]{4}: ", result.Error);
        Assert.False(Path.Exists(images.Rootfs));
        Assert.Empty(Directory.Exists(images.Out) ? Directory.GetFileSystemEntries(images.Out) : []);
        images.NextBuildMakesTheNewTree();
    }
}
