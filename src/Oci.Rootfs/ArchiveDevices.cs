namespace Oci.Rootfs;

/// <summary>
/// What archives of the tree do with device nodes. A character device 0:0 is always there: since Linux 5.8 anybody may make one.
/// The directory and the mtree file do not depend on this.
/// </summary>
public enum ArchiveDevices
{
    /// <summary>Every device is in the archive.</summary>
    Keep,

    /// <summary>No device is in the archive.</summary>
    Skip,

    /// <summary>
    /// Devices below <c>/dev</c> are in the archive, others are not. Proxmox leaves out <c>./dev/*</c> and can make no device elsewhere in an
    /// unprivileged container.
    /// </summary>
    SkipOutsideDev,

    /// <summary>A device is an error.</summary>
    Fail,
}
