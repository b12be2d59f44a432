using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// What of a tree's metadata stands on disk and what only in the record: decided once for a whole tree, kind by kind, never file by file.
/// A tree with the owners of some files alone would look true. Both the write-ahead and the materialiser ask here, so that they agree.
/// </summary>
internal sealed record OwnershipPolicy
{
    /// <summary>setuid and setgid.</summary>
    public const uint SetIdBits = 0b110_000_000_000; // 06000

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
    public uint Mode(EntryKind kind, uint mode)
    {
        if (!Owners)
            mode &= ~SetIdBits;
        if (MakeWritable && kind is EntryKind.File or EntryKind.Directory)
        {
            mode |= 0b110_000_000; // u+rw
            if (kind == EntryKind.Directory || (mode & 0b001_001_001) != 0)
                mode |= 0b001_000_000; // u+x
        }
        return mode;
    }

    public bool Sets(XattrKind xattr, EntryKind on) => xattr switch
    {
        XattrKind.User => UserXattrs && on is EntryKind.File or EntryKind.Directory,
        XattrKind.Acl => UserXattrs && Owners && on != EntryKind.Symlink, // Links have none: it would be their target's.
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
