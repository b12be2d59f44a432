namespace Oci.Rootfs;

/// <summary>
/// How to run the image: the <c>config</c> object of image-spec config.md. A member that is absent or null there is null or empty here.
/// </summary>
public sealed record RootfsImageConfig
{
    /// <summary>Null when the member is absent; an empty list when the image has an empty list.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>In the image's order and as stored, usually <c>NAME=value</c>.</summary>
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
