namespace Oci.Rootfs;

/// <summary>How the image wants to be run: the <c>config</c> object of image-spec config.md. What is absent or null there is null or empty here.</summary>
public sealed record RootfsImageConfig
{
    /// <summary>Null when absent; an empty list when the image says so.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>In the image's order; entries as stored, usually <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public string? WorkingDir { get; init; }

    public string? User { get; init; }

    public string? StopSignal { get; init; }

    /// <summary><c>port[/protocol]</c>, sorted.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>Paths, sorted.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Sorted by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
}
