namespace Oci.Rootfs.Context;

/// <summary>What every room is given with its work: what an image may cost, where messages go, and whether somebody still wants the result.</summary>
/// <param name="Limits">Of everything that an image names.</param>
/// <param name="Log">For what is done, and for what is odd and accepted.</param>
/// <param name="Cancellation">To be looked at in every loop over something that an image names.</param>
internal sealed record EngineContext(RootfsLimits Limits, RootfsLog Log, CancellationToken Cancellation = default)
{
    public EngineContext()
        : this(new RootfsLimits(), RootfsLog.None)
    {
    }

    /// <inheritdoc cref="RootfsRequest.UseNativeDecoders"/>
    public bool UseNativeDecoders { get; init; } = true;

    /// <summary>The same work without a word: it is done a second time, or only to describe something.</summary>
    public EngineContext Quiet => this with { Log = RootfsLog.None };

    /// <exception cref="OperationCanceledException">Nobody wants the result any more.</exception>
    public void ThrowIfCancelled() => Cancellation.ThrowIfCancellationRequested();
}
