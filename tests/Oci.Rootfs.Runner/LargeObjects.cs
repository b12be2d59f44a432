using System.Diagnostics.Tracing;

/// <summary>Counts the bytes of large objects, as the runtime's events tell of them: at least each 100 KB once more are allocated.</summary>
internal sealed class LargeObjects : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Collector = (EventKeywords)1;
    private const int AllocationTick = 10;
    private const uint Large = 1;

    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Verbose, Collector);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == AllocationTick && Value(eventData, "AllocationKind") is Large)
            Interlocked.Add(ref _bytes, (long)(ulong)Value(eventData, "AllocationAmount64"));
    }

    private static object Value(EventWrittenEventArgs e, string name) => e.Payload![e.PayloadNames!.IndexOf(name)]!;
}
