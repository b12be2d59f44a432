namespace Oci.Rootfs;

/// <summary>
/// Who takes an archive. The engine warns of what keeps this consumer from running it. Flags, and no list of them: a list of an enum would be
/// compiled anew in every build.
/// </summary>
[Flags]
public enum ArchiveConsumers
{
    None = 0,

    /// <summary>An unprivileged container of Proxmox VE.</summary>
    Proxmox = 1,

    /// <summary>A distribution for the Windows Subsystem for Linux.</summary>
    Wsl = 2,

    Lxc = 4,

    Incus = 8,

    /// <summary>systemd-nspawn and importctl.</summary>
    Nspawn = 16,
}
