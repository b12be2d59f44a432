namespace Oci.Rootfs.Context;

/// <summary>
/// Everything that each room gets with its work: the limits on an image, the log, and whether the caller still wants the result.
/// </summary>
/// <param name="Limits">The limits on everything that an image names.</param>
/// <param name="Log">Takes messages about the work, and about oddities that the engine accepts.</param>
/// <param name="Cancellation">Checked in every loop over something that an image names.</param>
internal sealed record EngineContext(RootfsLimits Limits, RootfsLog Log, CancellationToken Cancellation = default)
{
    public EngineContext()
        : this(new RootfsLimits(), RootfsLog.None)
    {
    }

    private const int MostLargeWindows = 3;

    /// <inheritdoc cref="RootfsRequest.UseNativeDecoders"/>
    public bool UseNativeDecoders { get; init; } = true;

    /// <summary>Says when it is time for a message about progress. Nothing else may depend on it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>A test delays threads by it; null for no delays. It gets the number of the layer that is read.</summary>
    public Action<int>? Pause { get; init; }

    /// <summary>
    /// Decoders with large windows take turns: the engine's memory must not grow with the number of layers that are read at once.
    /// </summary>
    public SemaphoreSlim LargeWindows { get; init; } = new(MostLargeWindows);

    /// <summary>The same context without messages, for work that is done a second time or only to describe something.</summary>
    public EngineContext Quiet => this with { Log = RootfsLog.None };

    /// <exception cref="OperationCanceledException">The caller no longer wants the result.</exception>
    public void ThrowIfCancelled() => Cancellation.ThrowIfCancellationRequested();
}
