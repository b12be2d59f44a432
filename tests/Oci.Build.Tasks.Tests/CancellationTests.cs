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
        TaskEngine engine = TaskEngine.Of<IBuildEngine>();
        ExtractOciRootfs task = engine.Task(_project, new SampleImage(_project).Directory);

        task.Cancel();

        Assert.False(task.Execute());
        Assert.Empty(engine.Errors);
        Assert.False(Directory.Exists(_project.PathOf("out/tree")));
    }
}
