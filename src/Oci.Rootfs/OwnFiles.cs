namespace Oci.Rootfs;

/// <summary>What the user takes out of an image's tree, and puts on top of it.</summary>
public sealed record OwnFiles
{
    /// <summary>
    /// What is added. Directories come first, then files, then symlinks. Within a kind the order counts: of two with one path, the later one
    /// does.
    /// </summary>
    public IReadOnlyList<OwnNode> Nodes { get; init; } = [];

    /// <summary>
    /// Patterns of paths that are taken out of the image's tree, before anything is added. <c>*</c> and <c>?</c> stand for characters of one
    /// name, <c>**</c> for any number of names.
    /// </summary>
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>Patterns of paths that stay in spite of <see cref="Remove"/>.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>
    /// The file that remembers the digests of the added files, so that a build with nothing to do reads none of them; null for none.
    /// </summary>
    public string? DigestCache { get; init; }

    /// <summary>Identifies all of this, with the contents of the files. Set where the engine has looked at them.</summary>
    internal string? Key { get; init; }

    /// <summary>Identifies what is asked for, whatever the files contain.</summary>
    internal string? AskedKey { get; init; }

    internal bool IsEmpty => Nodes.Count == 0 && Remove.Count == 0;
}
