namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The namespaces of extended attributes (xattr(7)), in the order in which they are set on a file (rule 70).</summary>
internal enum XattrKind
{
    User,
    Acl,
    Trusted,
    Security,
    Capability,

    /// <summary>A namespace that Linux does not know: only the mtree file has it.</summary>
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

    /// <summary>
    /// The kind that decides whether the disk has the attribute; null where Linux has no such attribute on a node of that kind.
    /// </summary>
    public static Settable? Needs(this XattrKind xattr, Tar.EntryKind on) => xattr switch
    {
        XattrKind.User => on is Tar.EntryKind.File or Tar.EntryKind.Directory ? Settable.UserXattrs : null,
        XattrKind.Acl => on != Tar.EntryKind.Symlink ? Settable.Acls : null, // On a symlink it would change the target's.
        XattrKind.Trusted => Settable.TrustedXattrs,
        XattrKind.Security => Settable.SecurityXattrs,
        XattrKind.Capability => Settable.FileCapabilities,
        _ => null,
    };
}
