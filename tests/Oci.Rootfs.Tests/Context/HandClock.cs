namespace Oci.Rootfs.Tests.Context;

/// <summary>A clock that a test sets. It may also go on by a step each time somebody looks at it.</summary>
internal sealed class HandClock(TimeSpan step = default) : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, step.Ticks);

    public void Pass(double seconds) => Interlocked.Add(ref _now, TimeSpan.FromSeconds(seconds).Ticks);
}
