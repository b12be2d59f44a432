using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// What of a tree's metadata stands on disk and what only in the record: decided once for a whole tree, kind by kind, never file by file.
/// A tree with the owners of some files alone would look true. Both the write-ahead and the materialiser ask here, so that they agree.
/// </summary>
internal sealed record OwnershipPolicy
{
    /// <summary>Owners, POSIX ACLs (which name owners), and with them setuid and setgid bits.</summary>
    public required bool Owners { get; init; }

    public required bool Devices { get; init; }

    public required bool TrustedXattrs { get; init; }

    /// <summary><c>security.capability</c>: root in a container often may set it, and none of the other <c>security.*</c>.</summary>
    public required bool FileCapabilities { get; init; }

    public required bool SecurityXattrs { get; init; }

    /// <summary>False on a file system without extended attributes.</summary>
    public required bool UserXattrs { get; init; }

    public required bool MakeWritable { get; init; }

    /// <summary>What nodes have without being told.</summary>
    public required NewNode Made { get; init; }

    /// <summary>Something that can't be set is an error instead of recorded.</summary>
    public required bool MustPreserve { get; init; }

    /// <summary>The mode on disk: without setuid and setgid where the owner isn't the true one, with <c>u+rwX</c> where asked for.</summary>
    public uint Mode(InodeKind kind, uint mode)
    {
        if (!Owners)
            mode &= ~0xC00u; // 06000
        if (MakeWritable && kind is InodeKind.File or InodeKind.Directory)
        {
            mode |= 0x180; // u+rw
            if (kind == InodeKind.Directory || (mode & 0x49) != 0) // any x
                mode |= 0x40;
        }
        return mode;
    }

    public bool Sets(XattrKind xattr, InodeKind on) => xattr switch
    {
        XattrKind.User => UserXattrs && on is InodeKind.File or InodeKind.Directory,
        XattrKind.Acl => UserXattrs && Owners && on != InodeKind.Symlink, // Links have none: it would be their target's.
        XattrKind.Trusted => TrustedXattrs,
        XattrKind.Security => SecurityXattrs,
        XattrKind.Capability => FileCapabilities,
        _ => false,
    };
}

/// <summary>The namespaces of extended attributes (xattr(7)), in the order in which they are set on a file (rule 70).</summary>
internal enum XattrKind
{
    User,
    Acl,
    Trusted,
    Security,
    Capability,

    /// <summary>No namespace that Linux knows: recorded only.</summary>
    Unknown,
}

internal static class XattrKinds
{
    public static XattrKind Of(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith("user."u8))
            return XattrKind.User;
        if (name.SequenceEqual("system.posix_acl_access"u8) || name.SequenceEqual("system.posix_acl_default"u8))
            return XattrKind.Acl;
        if (name.StartsWith("trusted."u8))
            return XattrKind.Trusted;
        if (name.SequenceEqual("security.capability"u8))
            return XattrKind.Capability;
        return name.StartsWith("security."u8) ? XattrKind.Security : XattrKind.Unknown;
    }
}
