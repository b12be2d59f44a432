using System.Collections;
using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

public sealed class CancellationTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_cancelled_extraction_is_no_error_and_leaves_nothing()
    {
        SampleImage image = new(_project);
        SilentEngine engine = new();
        ExtractOciRootfs task = new() { BuildEngine = engine, Image = image.Directory, RootfsDirectory = _project.PathOf("out/tree"), Platform = SampleImage.Platform };

        task.Cancel();

        Assert.False(task.Execute());
        Assert.Empty(engine.Errors);
        Assert.False(Directory.Exists(_project.PathOf("out/tree")));
    }

    private sealed class SilentEngine : IBuildEngine
    {
        public List<string?> Errors { get; } = [];

        public bool ContinueOnError => false;

        public int LineNumberOfTaskNode => 0;

        public int ColumnNumberOfTaskNode => 0;

        public string ProjectFileOfTaskNode => "test.proj";

        public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs) => false;

        public void LogCustomEvent(CustomBuildEventArgs e)
        {
        }

        public void LogErrorEvent(BuildErrorEventArgs e) => Errors.Add(e.Message);

        public void LogMessageEvent(BuildMessageEventArgs e)
        {
        }

        public void LogWarningEvent(BuildWarningEventArgs e)
        {
        }
    }
}
