using System.Diagnostics;
using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>A mark that is not what we wrote: then the tree beside it is not known to be ours, and stays.</summary>
public sealed class StateFileFaultTests
{
    public static TheoryData<string> Texts =>
    [
        "", "\0\0\0\0", "garbage", "{", "null", "[]", "{}", "42", """{"format":1}""", """{"format":2,"key":"x","trees":[],"paths":0,"layerOrder":[],"outputs":[]}""",
        """{"format":1,"key":null,"trees":[null],"paths":-1,"layerOrder":[],"outputs":[]}""", """{"format":1,"trees":null,"layerOrder":null,"outputs":null}""",
        """{"format":1,"key":"x","trees":[{"device":-1,"inode":1e99}],"paths":0,"layerOrder":[],"outputs":[]}""", "{\"format\":1" + new string('[', 5000),
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_state_file_that_says_nothing_makes_the_tree_somebody_elses(string text)
    {
        using TwoImages images = new TwoImages().WithOld();
        Write(images, text);

        ShouldBeRefused(images, "OCI5001");
    }

    [Fact]
    public void A_state_file_cut_off_at_any_length_makes_the_tree_somebody_elses()
    {
        using TwoImages images = new TwoImages().WithOld();
        byte[] whole = Read(images);
        int end = Array.LastIndexOf(whole, (byte)'}') + 1;
        for (int length = 0; length < end; length += 7)
        {
            Write(images, whole[..length]);
            ShouldBeRefused(images, "OCI5001");
        }
        Write(images, whole[..end]);
        images.NextBuildMakesTheNewTree();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_huge_state_file_is_not_read_into_memory(bool sparse)
    {
        using TwoImages images = new TwoImages().WithOld();
        if (sparse)
            Command.Run("truncate", "-s", "64G", StateFileOf(images));
        else
            Write(images, [.. Enumerable.Repeat((byte)'[', 8 << 20)]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ShouldBeRefused(images, "OCI5001");

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    /// <summary>Whoever may write the mark may say anything in it; it must not be more than a wrong answer.</summary>
    [Theory]
    [InlineData("\"layerOrder\":", "\"layerOrder\":[99],\"x\":")]
    [InlineData("\"layerOrder\":", "\"layerOrder\":[-1,-1],\"x\":")]
    [InlineData("\"layerOrder\":", "\"layerOrder\":[],\"x\":")]
    [InlineData("\"outputs\":", "\"outputs\":[{\"path\":\"\",\"length\":1,\"key\":\"\",\"digest\":\"\",\"modified\":0}],\"x\":")]
    [InlineData("\"outputs\":", "\"outputs\":[{\"path\":\"a\\u0000b\",\"length\":1,\"key\":\"\",\"digest\":\"\",\"modified\":0}],\"x\":")]
    public void A_state_file_with_the_right_key_and_a_wrong_rest_means_that_something_is_to_do(string from, string to)
    {
        using TwoImages images = new();
        RootfsRequest request = images.Request.With(OutputKind.ConfigJson, null);
        RootfsExtractor.Extract(request, TestContext.Current.CancellationToken);
        string text = Encoding.UTF8.GetString(Read(images)).Replace(" \"", "\"", StringComparison.Ordinal).Replace("\": ", "\":", StringComparison.Ordinal);
        Assert.Contains(from, text, StringComparison.Ordinal);
        Write(images, text.Replace(from, to, StringComparison.Ordinal));

        Assert.True(RootfsExtractor.Extract(request, TestContext.Current.CancellationToken).Extracted);
        Assert.False(RootfsExtractor.Extract(request, TestContext.Current.CancellationToken).Extracted);
    }

    [Theory]
    [InlineData("a link")]
    [InlineData("a dangling link")]
    [InlineData("a directory")]
    [InlineData("a FIFO")]
    [InlineData("a hard link")]
    public void A_state_file_that_is_no_file_of_its_own_is_refused_and_nothing_is_written_through_it(string what)
    {
        using TwoImages images = new TwoImages().WithOld();
        string stateFile = StateFileOf(images);
        byte[] content = Read(images);
        File.WriteAllBytes(images["canary"], content);
        File.Delete(stateFile);
        switch (what)
        {
            case "a link": File.CreateSymbolicLink(stateFile, images["canary"]); break;
            case "a dangling link": File.CreateSymbolicLink(stateFile, images["nothing"]); break;
            case "a directory": Directory.CreateDirectory(stateFile); break;
            case "a FIFO": Command.Run("mkfifo", stateFile); break;
            default: Command.Run("ln", images["canary"], stateFile); break;
        }

        ShouldBeRefused(images, "OCI5010");
        Assert.Equal(content, File.ReadAllBytes(images["canary"]));
        Assert.False(File.Exists(images["nothing"]));
    }

    [Fact]
    public void A_state_file_that_another_user_locked_against_writing_is_a_coded_error()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to build as another user");
        using TwoImages images = new TwoImages().WithOld();
        Command.Run("chmod", "777", images.Out);

        CommandResult result = Command.RunnerAsUser(images.Arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("OCI5004", result.Error, StringComparison.Ordinal);
        images.ShouldBeUntouched(hadOld: true);
    }

    [Fact]
    public void A_build_waits_for_a_stopped_one_and_says_so()
    {
        using TwoImages images = new TwoImages(heavy: true).WithOld();
        using StoppedBuild stopped = StoppedBuild.Start(images);
        using Process second = Command.StartRunner(images.Arguments);

        string? said;
        do
            said = second.StandardOutput.ReadLine();
        while (said?.StartsWith("Waiting for another build", StringComparison.Ordinal) == false);
        Assert.NotNull(said);
        Assert.False(second.HasExited);
        Assert.Equal(0, stopped.GoOn().ExitCode);
        second.StandardOutput.ReadToEnd();
        second.WaitForExit();

        Assert.Equal(3, second.ExitCode);
        Assert.True(images.IsNew());
    }

    private static void Write(TwoImages images, string text) => Write(images, Encoding.UTF8.GetBytes(text));

    /// <summary>Without the lock with which .NET writes files: a process that another test is just starting would hold it for a moment.</summary>
    private static void Write(TwoImages images, byte[] content)
    {
        using FileStream file = new(StateFileOf(images), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        file.Write(content);
    }

    private static byte[] Read(TwoImages images)
    {
        Assert.Equal(0, Command.Run("cp", StateFileOf(images), images["state"]).ExitCode);
        return File.ReadAllBytes(images["state"]);
    }

    private static string StateFileOf(TwoImages images) => Path.Combine(images.Out, ".rootfs.oci");

    private static void ShouldBeRefused(TwoImages images, string code)
    {
        OciException error = Assert.Throws<OciException>(() => RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken));
        Assert.True(code == error.Code, error.Message);
        Assert.Equal(code, Assert.Throws<OciException>(() => RootfsExtractor.Clean(images.Rootfs, cancellation: TestContext.Current.CancellationToken)).Code);
        images.ShouldBeUntouched(hadOld: true);
    }
}
