using Microsoft.Build.Execution;
using Microsoft.Build.Framework;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>The output and the result of a build.</summary>
internal sealed class Outcome(bool succeeded, ProjectInstance state, EventLog log)
{
    public bool Succeeded => succeeded;

    public IReadOnlyList<BuildErrorEventArgs> Errors => log.Errors;

    public IReadOnlyList<BuildWarningEventArgs> Warnings => log.Warnings;

    public IReadOnlyList<BuildMessageEventArgs> Messages => log.Messages;

    /// <summary>The only error of a failed build.</summary>
    public BuildErrorEventArgs Error
    {
        get
        {
            Assert.False(succeeded);
            return Assert.Single(log.Errors);
        }
    }

    public IReadOnlyList<ProjectItemInstance> Items(string type) => [.. state.GetItems(type)];

    public string Property(string name) => state.GetPropertyValue(name);

    public Outcome MustSucceed()
    {
        Assert.True(succeeded, string.Join('\n', log.Errors.Select(static e => $"{e.Code}: {e.Message}")));
        return this;
    }

    /// <summary>The number of runs of a task.</summary>
    public int Runs(string task) => log.Tasks.Count(name => name == task);
}
