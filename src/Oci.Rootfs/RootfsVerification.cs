namespace Oci.Rootfs;

/// <summary>What a build looks at before it calls a tree up to date.</summary>
public enum RootfsVerification
{
    /// <summary>The tree's directory alone.</summary>
    None,

    /// <summary>Every path: whether it was changed since, by its inode and time of change.</summary>
    Metadata,

    /// <summary>The bytes of every file as well, which are compared with those of its layer.</summary>
    Content,
}
