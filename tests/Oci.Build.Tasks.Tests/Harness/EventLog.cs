using Microsoft.Build.Framework;

namespace Oci.Build.Tasks.Tests.Harness;

internal sealed class EventLog : ILogger
{
    public List<BuildErrorEventArgs> Errors { get; } = [];

    public List<BuildWarningEventArgs> Warnings { get; } = [];

    public List<BuildMessageEventArgs> Messages { get; } = [];

    public List<string> Tasks { get; } = [];

    public LoggerVerbosity Verbosity { get; set; } = LoggerVerbosity.Diagnostic;

    public string? Parameters { get; set; }

    public void Initialize(IEventSource eventSource)
    {
        eventSource.ErrorRaised += (_, e) => Errors.Add(e);
        eventSource.WarningRaised += (_, e) => Warnings.Add(e);
        eventSource.MessageRaised += (_, e) => Messages.Add(e);
        eventSource.TaskStarted += (_, e) => Tasks.Add(e.TaskName);
    }

    public void Shutdown()
    {
    }
}
