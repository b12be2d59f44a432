using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

public sealed class GrantedCoresTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Cores_are_asked_for_and_given_back_where_the_extraction_works()
    {
        TaskEngine engine = TaskEngine.Of<IBuildEngine9>(cores: 1);

        Assert.True(engine.Task(_project, new SampleImage(_project).Directory).Execute());

        Assert.Empty(engine.Errors);
        Assert.Equal(Environment.ProcessorCount, engine.Asked);
        Assert.Equal(1, engine.Released);
    }

    [Fact]
    public void Cores_are_asked_for_and_given_back_where_the_extraction_fails()
    {
        TaskEngine engine = TaskEngine.Of<IBuildEngine9>(cores: 1);

        Assert.False(engine.Task(_project, _project.PathOf("absent")).Execute());

        Assert.Single(engine.Errors);
        Assert.Equal(Environment.ProcessorCount, engine.Asked);
        Assert.Equal(1, engine.Released);
    }

    [Fact]
    public void A_task_host_has_no_cores_to_grant()
    {
        TaskEngine engine = TaskEngine.Of<IBuildEngine9>(cores: null);

        Assert.True(engine.Task(_project, new SampleImage(_project).Directory).Execute());

        Assert.Equal(Environment.ProcessorCount, engine.Asked);
        Assert.Equal(0, engine.Released);
    }

    [Fact]
    public void An_engine_of_before_there_were_cores_to_grant_is_not_asked()
    {
        TaskEngine engine = TaskEngine.Of<IBuildEngine8>(cores: 1);

        Assert.True(engine.Task(_project, new SampleImage(_project).Directory).Execute());

        Assert.Empty(engine.Errors);
        Assert.Equal(0, engine.Asked);
        Assert.Equal(0, engine.Released);
    }
}
