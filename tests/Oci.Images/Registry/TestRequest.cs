namespace Oci.Images.Registry;

/// <summary>What a server was asked.</summary>
/// <param name="Method">GET, HEAD or POST.</param>
/// <param name="Target">The path and the query.</param>
/// <param name="Headers">The headers by their names in small letters.</param>
/// <param name="Body">The body as text.</param>
public sealed record TestRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Path => Target.Split('?')[0];

    public string Query => Target.Contains('?', StringComparison.Ordinal) ? Target[(Target.IndexOf('?', StringComparison.Ordinal) + 1)..] : "";

    public string? Authorization => Headers.GetValueOrDefault("authorization");

    public bool IsBlob => Path.Contains("/blobs/", StringComparison.Ordinal);

    public bool IsManifest => Path.Contains("/manifests/", StringComparison.Ordinal);
}
