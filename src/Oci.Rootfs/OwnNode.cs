namespace Oci.Rootfs;

/// <summary>One file, directory or symlink that the user adds to the image's tree.</summary>
public abstract record OwnNode
{
    private protected OwnNode()
    {
    }

    /// <summary>The absolute path in the tree. Links on the way are followed, inside the tree.</summary>
    public required string Path { get; init; }

    /// <summary>The permission bits, at most 07777. Null: see the kinds.</summary>
    public uint? Mode { get; init; }

    /// <summary>A number, or a name in the tree's own <c>/etc/passwd</c>. Null: 0; for a directory of the image, its owner.</summary>
    public string? Owner { get; init; }

    /// <summary>
    /// A number, or a name in the tree's own <c>/etc/group</c>. Null: the primary group of a named <see cref="Owner"/>, or the number of a
    /// numbered one.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>Seconds since the epoch. Null: <see cref="RootfsRequest.SourceDateEpoch"/>; for a directory of the image, its own time.</summary>
    public long? Mtime { get; init; }

    /// <summary>The permission bits of directories on the way that do not exist. Null: 0755.</summary>
    public uint? DirectoryMode { get; init; }

    /// <summary>Their owner. Null: 0.</summary>
    public string? DirectoryOwner { get; init; }

    /// <summary>Their group, like <see cref="Group"/>.</summary>
    public string? DirectoryGroup { get; init; }
}

/// <summary>A regular file. Null for <see cref="OwnNode.Mode"/>: 0755 where the owner may execute the source, else 0644.</summary>
public sealed record OwnFileNode : OwnNode
{
    /// <summary>The absolute path of the file to copy. Links are followed.</summary>
    public required string Source { get; init; }

    /// <summary>Its length, as the engine has seen it.</summary>
    internal long Size { get; init; }

    /// <summary>The sha256 of its content in hexadecimal digits, as the engine has seen it.</summary>
    internal string Digest { get; init; } = "";
}

/// <summary>
/// A directory. Null for <see cref="OwnNode.Mode"/>: 0755. Of a directory of the image, only what is given changes.
/// </summary>
public sealed record OwnDirectoryNode : OwnNode;

/// <summary>A symlink. Its <see cref="OwnNode.Mode"/> means nothing.</summary>
public sealed record OwnSymlinkNode : OwnNode
{
    /// <summary>The link's text, verbatim.</summary>
    public required string Target { get; init; }
}
