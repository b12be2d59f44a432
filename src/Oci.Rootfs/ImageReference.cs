namespace Oci.Rootfs;

/// <summary>
/// Names an image: on disk an OCI archive, a docker-archive, either of them compressed as a whole, or an OCI layout directory; or an image in
/// a registry (<see cref="RootfsExtractor.InRegistry"/>).
/// </summary>
/// <param name="Location">The absolute path of the file or directory, or the name in a registry in full, which begins with <c>docker://</c>.</param>
public sealed record ImageReference(string Location)
{
    /// <summary>The image's name in messages; by default its location.</summary>
    public string DisplayName { get; init; } = Location;

    /// <summary>The registry, <c>HOST[:PORT]</c>; null for an image on disk.</summary>
    public string? Registry { get; init; }

    /// <summary>The last component of the repository; null for an image on disk.</summary>
    public string? RepositoryName { get; init; }

    /// <summary>Makes the reference of an image on disk. Its path is enough.</summary>
    public static implicit operator ImageReference(string path) => new(path);

    public override string ToString() => DisplayName;
}
