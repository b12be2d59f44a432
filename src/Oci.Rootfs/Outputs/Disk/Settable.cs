namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The kinds of metadata. The disk has a kind for the whole tree, or only the mtree file has it.</summary>
internal enum Settable
{
    /// <summary>Permissions and the sticky bit.</summary>
    Modes,
    Times,
    UserXattrs,

    /// <summary>
    /// Owners. Without them <see cref="SetIds"/> and <see cref="Acls"/> are not set either: under a wrong owner they would mean something
    /// else.
    /// </summary>
    Owners,

    /// <summary>setuid and setgid.</summary>
    SetIds,

    /// <summary>POSIX ACLs, which name owners.</summary>
    Acls,
    Devices,
    TrustedXattrs,

    /// <summary><c>security.*</c> but for <see cref="FileCapabilities"/>.</summary>
    SecurityXattrs,

    /// <summary><c>security.capability</c>: root in a container often may set it, but no other <c>security.*</c>.</summary>
    FileCapabilities,
}
