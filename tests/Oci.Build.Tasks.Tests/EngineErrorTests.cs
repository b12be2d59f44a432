using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>The engine's errors as a build shows them: once, with a code, a page and the image. The failed build changes nothing.</summary>
public sealed class EngineErrorTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage().Property("OciPlatform", "linux/amd64");

    public static TheoryData<string> Names => [.. BadImages.All.Keys];

    public void Dispose() => _project.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bad_image_is_one_coded_error_and_makes_nothing(string name)
    {
        BadImage bad = BadImages.All[name];
        bad.Write(_project.PathOf("image.tar"));

        Outcome outcome = _project.Image("image.tar", bad.Metadata).Build();

        AssertError(bad, outcome.Error);
        Assert.Empty(outcome.Items("OciRootfs"));
        Assert.Empty(EverythingBelow("bin"));
        Assert.Empty(EverythingBelow("obj"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bad_image_leaves_the_tree_of_the_good_one_before_it(string name)
    {
        BadImage bad = BadImages.All[name];
        string image = _project.PathOf("image.tar");
        BadImages.WriteGood(image);
        _project.Image("image.tar").Build().MustSucceed();
        List<string> before = EverythingBelow("bin", "obj");
        File.Delete(image);
        bad.Write(image);

        Outcome outcome = _project.Update("OciImage", bad.Metadata).Build();

        AssertError(bad, outcome.Error);
        Assert.Equal(before, EverythingBelow("bin", "obj"));
        Assert.Equal("good\n", File.ReadAllText(_project.PathOf("bin/rootfs/image/etc/motd")));
    }

    [Fact]
    public void A_destination_that_is_not_ours_is_refused_and_untouched()
    {
        BadImages.WriteGood(_project.PathOf("image.tar"));
        _project.Write("bin/rootfs/image/precious", "mine");
        List<string> before = EverythingBelow("bin");

        Outcome outcome = _project.Image("image.tar").Build();

        Assert.StartsWith("OCI5", outcome.Error.Code, StringComparison.Ordinal);
        AssertHasAPage(outcome.Error);
        Assert.Equal(before, EverythingBelow("bin"));
    }

    private static void AssertError(BadImage bad, BuildErrorEventArgs error)
    {
        Assert.Equal(bad.Code, error.Code);
        Assert.Equal("image.tar", error.File);
        Assert.All(bad.Says, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Contains("'image.tar'", error.Message, StringComparison.Ordinal);
        AssertHasAPage(error);
    }

    private static void AssertHasAPage(BuildErrorEventArgs error)
    {
        Assert.Equal($"https://github.com/oci-build-tasks/oci-build-tasks/blob/main/docs/errors/{error.Code}.md", error.HelpLink);
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "errors", $"{error.Code}.md")), $"docs/errors/{error.Code}.md");
    }

    /// <summary>
    /// Each path with the data that a change would alter. Directories have only their names, because a build may add to them and take from
    /// them.
    /// </summary>
    private List<string> EverythingBelow(params string[] directories) =>
    [
        .. directories.Select(d => new DirectoryInfo(_project.PathOf(d))).Where(static d => d.Exists)
            .SelectMany(static d => d.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
            .Select(static f => $"{f.FullName} {f.LastWriteTimeUtc.Ticks} {f.Length}").Order(StringComparer.Ordinal),
    ];
}
