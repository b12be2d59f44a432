namespace Oci.Rootfs;

/// <summary>
/// Names an image on disk: an OCI archive, a docker-archive, either of them compressed as a whole, or an OCI layout directory.
/// </summary>
/// <param name="Path">The absolute path of the file or directory.</param>
public sealed record ImageReference(string Path)
{
    /// <summary>The image's name in messages; by default its path.</summary>
    public string DisplayName { get; init; } = Path;

    /// <summary>Makes the reference of an image on disk. Its path is enough.</summary>
    public static implicit operator ImageReference(string path) => new(path);

    public override string ToString() => DisplayName;
}
