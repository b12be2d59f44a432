using System.Net.Http.Headers;
using Oci.Rootfs.Context;

namespace Oci.Rootfs.Registry;

/// <summary>Counts the tries of one piece of work, and waits between them.</summary>
internal sealed class Retry(RegistryTimes times, TimeProvider clock, EngineContext context)
{
    /// <summary>Statuses after which it makes sense to ask again (RFC 9110, RFC 6585).</summary>
    public static bool IsTransient(int status) => status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>The tries that have failed.</summary>
    public int Failed { get; private set; }

    /// <summary>Something came: the tries are counted anew.</summary>
    public void Restart() => Failed = 0;

    /// <summary>Counts a failure, and waits if there is another try.</summary>
    /// <param name="least">The time that the registry wants to have, if it says one.</param>
    /// <returns>False where there is no other try.</returns>
    public bool Again(TimeSpan? least = null)
    {
        Failed++;
        if (Failed >= times.Tries || least > times.LongestRetryAfter)
            return false;
        double wait = Math.Min(times.FirstWait.TotalSeconds * Math.Pow(2, Failed - 1), times.LongestWait.TotalSeconds);
        // Many builds that failed together should not come back together.
        wait *= 0.5 + Random.Shared.NextDouble();
        TimeSpan time = TimeSpan.FromSeconds(Math.Max(wait, least?.TotalSeconds ?? 0));
        context.Cancellation.WaitHandle.WaitOne(time);
        context.ThrowIfCancelled();
        return true;
    }

    /// <summary>The time that a <c>Retry-After</c> asks for; null for none. A date in the past is no time at all.</summary>
    public TimeSpan? AskedBy(HttpResponseHeaders headers) => AskedBy(headers.RetryAfter, clock.GetUtcNow());

    internal static TimeSpan? AskedBy(RetryConditionHeaderValue? header, DateTimeOffset now) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
        _ => null,
    };
}
