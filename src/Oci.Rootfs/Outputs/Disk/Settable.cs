namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The kinds of metadata of which each stands on disk for a whole tree, or only in the record.</summary>
internal enum Settable
{
    /// <summary>Permissions and the sticky bit.</summary>
    Modes,
    Times,
    UserXattrs,

    /// <summary>And with them what must not stand under another owner than the true one: <see cref="SetIds"/> and <see cref="Acls"/>.</summary>
    Owners,

    /// <summary>setuid and setgid.</summary>
    SetIds,

    /// <summary>POSIX ACLs, which name owners.</summary>
    Acls,
    Devices,
    TrustedXattrs,

    /// <summary><c>security.*</c> but for <see cref="FileCapabilities"/>.</summary>
    SecurityXattrs,

    /// <summary><c>security.capability</c>: root in a container often may set it, and none of the other <c>security.*</c>.</summary>
    FileCapabilities,
}
