using Microsoft.Build.Execution;
using Microsoft.Build.Framework;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>What a build said and left behind.</summary>
internal sealed class Outcome(bool succeeded, ProjectInstance state, EventLog log)
{
    public bool Succeeded => succeeded;

    public IReadOnlyList<BuildErrorEventArgs> Errors => log.Errors;

    public IReadOnlyList<BuildWarningEventArgs> Warnings => log.Warnings;

    public IReadOnlyList<BuildMessageEventArgs> Messages => log.Messages;

    /// <summary>The one error that there is, and the build has failed.</summary>
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

    /// <summary>How often a task of this name ran.</summary>
    public int Runs(string task) => log.Tasks.Count(name => name == task);
}
