using System.Diagnostics.Tracing;

/// <summary>Counts the bytes of large objects by the runtime's events. The runtime sends one for at least every 100 KB allocated.</summary>
internal sealed class LargeObjects : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Collector = (EventKeywords)1;
    private const int AllocationTick = 10;
    private const uint Large = 1;

    /// <summary>The size of the last object, header included.</summary>
    private const int Last = 1 << 20, ArrayHeader = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private long _bytes;

    /// <summary>
    /// The bytes so far. The runtime sends events late, on a thread of its own. So this method allocates one more large object: with its
    /// event, all earlier ones have come.
    /// </summary>
    public long Count()
    {
        GC.KeepAlive(new byte[Last - ArrayHeader]);
        return SpinWait.SpinUntil(() => Interlocked.Read(ref _bytes) >= Last, Patience)
            ? Interlocked.Read(ref _bytes) - Last
            : throw new TimeoutException("The runtime tells nothing of large objects.");
    }

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
