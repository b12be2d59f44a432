namespace Oci.Rootfs.Context;

/// <summary>How long the engine waits for a registry, and how often it asks again.</summary>
internal sealed record RegistryTimes
{
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The same where the registry may have no TLS: then it is asked without.</summary>
    public TimeSpan ConnectWithoutTls { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the request to the headers of the answer.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a byte of the body.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For all of a document, a token or an error.</summary>
    public TimeSpan Document { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For a megabyte of a blob. A slower connection counts as a broken one.</summary>
    public TimeSpan Megabyte { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Before the second try. Each wait is twice the one before.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(0.5);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(16);

    /// <summary>The longest wait that a registry may ask for. Somebody who builds does not want to wait for minutes.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    public int Tries { get; init; } = 5;

    /// <summary>For a program that knows credentials.</summary>
    public TimeSpan Helper { get; init; } = TimeSpan.FromSeconds(15);
}
