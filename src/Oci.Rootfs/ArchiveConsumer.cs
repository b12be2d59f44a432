namespace Oci.Rootfs;

/// <summary>Who takes an archive. The engine warns of what keeps this consumer from running it.</summary>
public enum ArchiveConsumer
{
    /// <summary>An unprivileged container of Proxmox VE.</summary>
    Proxmox,

    /// <summary>A distribution for the Windows Subsystem for Linux.</summary>
    Wsl,

    Lxc,

    Incus,

    /// <summary>systemd-nspawn and importctl.</summary>
    Nspawn,
}
