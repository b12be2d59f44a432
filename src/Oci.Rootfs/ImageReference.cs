namespace Oci.Rootfs;

/// <summary>Which image is meant: an OCI archive, a docker-archive, either of them compressed as a whole, or an OCI layout directory.</summary>
/// <param name="Path">Of the file or directory, absolute.</param>
public sealed record ImageReference(string Path)
{
    /// <summary>What messages call the image; by default its path.</summary>
    public string DisplayName { get; init; } = Path;

    /// <summary>A path is the whole reference of an image that lies on disk.</summary>
    public static implicit operator ImageReference(string path) => new(path);

    public override string ToString() => DisplayName;
}
