using Microsoft.Build.Execution;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>
/// Builds with <c>-mt</c>: MSBuild runs the tasks on threads of one process, and no project has its directory as the current one.
/// </summary>
public sealed class MultiThreadedTests : IDisposable
{
    private readonly TestProject _project = new();
    private readonly string _elsewhere = Directory.CreateTempSubdirectory("oci-build-tasks-elsewhere-").FullName;

    public void Dispose()
    {
        _project.Dispose();
        TestFiles.Delete(_elsewhere);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_path_is_the_projects_in_this_process_and_in_a_task_host(bool taskHost)
    {
        _ = new SampleImage(_project);
        string up = "../" + Path.GetFileName(_project.Directory);

        Outcome outcome = _project.ImportPackage().Property("OciCacheDirectory", "cache").Global("OciRootfsTaskHost", taskHost ? "true" : "false")
            .Image("image", ("Platform", SampleImage.Platform), ("RootfsDirectory", up + "/tree/"), ("Mtree", "./a;b.mtree"))
            .BuildOnAThread(_elsewhere).MustSucceed();

        Assert.Equal(taskHost, RanInATaskHost(outcome));
        ProjectItemInstance tree = Assert.Single(outcome.Items("OciRootfs"));
        Assert.Equal(_project.PathOf("tree") + "/", tree.EvaluatedInclude);
        Assert.Equal(_project.PathOf("tree.config.json"), tree.GetMetadataValue("ConfigJson"));
        Assert.Equal(_project.PathOf("a;b.mtree"), tree.GetMetadataValue("Mtree"));
        Assert.True(File.Exists(_project.PathOf("tree/etc/motd")));
        Assert.True(File.Exists(_project.PathOf("a;b.mtree")));
        Assert.True(File.Exists(_project.PathOf("obj/oci/image.props")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_elsewhere));
    }

    [Fact]
    public void Every_path_of_a_task_alone_is_the_projects_too()
    {
        _ = new SampleImage(_project);
        _project.UsingTasks().Item("Options", "anything", ("ConfigJson", "of-the-item.json")).Target("Build").Task(
            "ExtractOciRootfs",
            [("Image", "image"), ("RootfsDirectory", "tree"), ("Platform", SampleImage.Platform), ("Mtree", "of-the-parameter.mtree"), ("Item", "@(Options)")]);

        Outcome outcome = _project.TestTask<WhereAmI>("CurrentDirectory", "ProcessDirectory").BuildOnAThread(_elsewhere).MustSucceed();

        // Without this, the test would prove nothing.
        Assert.Equal(_elsewhere, outcome.Property("ProcessDirectory"));
        Assert.False(RanInATaskHost(outcome));
        Assert.Equal(
            [".tree.oci", ".tree.oci-state", "image", "of-the-item.json", "of-the-parameter.mtree", "tree", "tree.props"],
            Directory.EnumerateFileSystemEntries(_project.Directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_elsewhere));
    }

    private static bool RanInATaskHost(Outcome outcome) =>
        outcome.Messages.Any(static m => m.Message?.Contains("\"ExtractOciRootfs\" ran in TaskHost process", StringComparison.Ordinal) == true);
}
