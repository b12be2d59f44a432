using System.Globalization;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// Warns of what keeps the consumers of an archive (<see cref="ArchiveOptions.For"/>) from running it. Each requirement was tried with the
/// consumer, or read in its sources. docs/archive.md has all of them.
/// </summary>
/// <param name="request">Which archives, how, and for whom.</param>
/// <param name="tree">The merged tree.</param>
/// <param name="contents">The contents of its files.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class ConsumerCheck(RootfsRequest request, RootfsTree tree, ITreeContents contents, EngineContext context)
{
    /// <summary>The ids of an unprivileged container of Proxmox are below this.</summary>
    private const uint ProxmoxIds = 65536;

    private const uint Runnable = 0b001_001_001;

    /// <summary>The values of <c>ID</c> in os-release that Proxmox knows (PVE/LXC/Setup.pm).</summary>
    private static readonly string[] KnownToProxmox =
    [
        "alpine", "archlinux", "centos", "debian", "devuan", "fedora", "gentoo", "nixos", "openeuler", "opensuse", "ubuntu",
        "almalinux", "arch", "openEuler", "opensuse-leap", "opensuse-slowroll", "opensuse-tumbleweed", "rhel", "rocky", "sles",
    ];

    /// <summary>The files by which Proxmox guesses where it does not know the <c>ID</c>.</summary>
    private static readonly string[] MarkersOfProxmox =
    [
        "etc/debian_version", "etc/devuan_version", "etc/SuSE-brand", "etc/SuSE-release", "etc/fedora-release", "etc/centos-release",
        "etc/redhat-release", "etc/arch-release", "etc/alpine-release", "etc/gentoo-release", "etc/openEuler-release",
    ];

    private readonly TreeFiles _files = new(tree, contents, context);

    public void Run()
    {
        if (Is(ArchiveConsumers.Proxmox))
            CheckProxmox();
        if (Is(ArchiveConsumers.Wsl))
            new WslCheck(request, tree, _files, context).Run();
        if (Is(ArchiveConsumers.Lxc))
            CheckInit(ArchiveConsumers.Lxc);
        if (Is(ArchiveConsumers.Incus))
            CheckInit(ArchiveConsumers.Incus);
        if (Is(ArchiveConsumers.Nspawn))
            CheckNspawn();
    }

    private bool Is(ArchiveConsumers consumer) => (request.Archive.For & consumer) != 0;

    /// <summary>Warns of each archive whose name a consumer does not take.</summary>
    /// <param name="request">Which archives.</param>
    /// <param name="consumer">Who takes them.</param>
    /// <param name="endings">The endings of names that it takes.</param>
    /// <param name="hint">Why, and what helps.</param>
    /// <param name="log">The log.</param>
    public static void CheckName(RootfsRequest request, ArchiveConsumers consumer, string[] endings, string hint, RootfsLog log)
    {
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind == OutputKind.RootfsArchive && !EndsIn(output.Path, endings))
                ArchiveErrors.WarnConsumer(log, consumer, $"{consumer} does not take the archive '{SafeText.Show(Path.GetFileName(output.Path))}'. {hint}");
        }
    }

    private static bool EndsIn(string path, string[] endings)
    {
        foreach (string ending in endings)
        {
            if (path.EndsWith(ending, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    private void CheckProxmox()
    {
        // OCI6352 says it of .tgz.
        CheckName(request, ArchiveConsumers.Proxmox, [".tar", ".tar.gz", ".tar.zst", ArchiveFormat.ShortGzip], "Let its name end in .tar.zst or .tar.gz, in small letters.", context.Log);
        ShownPath shown = new(tree.Paths);
        FoundPaths owners = new(), devices = new();
        IReadOnlyList<int> order = tree.InOrder();
        for (int i = 0; i < order.Count; i++)
        {
            context.ThrowIfCancelled();
            Inode inode = tree[order[i]]!;
            ReadOnlySpan<byte> path = shown.MoveTo(order[i]);
            if (inode.Uid >= ProxmoxIds || inode.Gid >= ProxmoxIds)
                owners.Add(path);
            if (request.Archive.Devices == ArchiveDevices.Keep && DeviceFilter.NeedsPrivilege(inode) && !DeviceFilter.IsBelowDev(path))
                devices.Add(path);
        }
        if (owners.Any)
            Warn(ArchiveConsumers.Proxmox, $"Proxmox makes no unprivileged container of the archive, because of owners or groups from {ProxmoxIds} on: {owners}. Give these files other owners in the image, or make a privileged container.");
        if (devices.Any)
            Warn(ArchiveConsumers.Proxmox, $"Proxmox makes no unprivileged container of the archive, because of devices outside of /dev: {devices}. Set ArchiveDevices to SkipOutsideDev.");
        CheckDistribution();
        CheckInit(ArchiveConsumers.Proxmox);
    }

    private void CheckDistribution()
    {
        byte[]? own = _files.Read("etc/os-release"u8);
        string id = OsRelease.IdOf(own ?? _files.Read("usr/lib/os-release"u8));
        if (own is null || Array.IndexOf(KnownToProxmox, id) >= 0)
            return;
        foreach (string marker in MarkersOfProxmox)
        {
            if (_files.FindFile(Encoding.UTF8.GetBytes(marker)) is not null)
                return;
        }
        Warn(ArchiveConsumers.Proxmox, $"Proxmox does not know the distribution '{SafeText.ShowShort(id)}' (ID in /etc/os-release), and makes a container only with: pct create … --ostype unmanaged.");
    }

    private void CheckNspawn()
    {
        CheckName(request, ArchiveConsumers.Nspawn, [".tar", ".tar.gz", ".wsl", ArchiveFormat.ShortGzip], "importctl of systemd 257 reads no zstd: let its name end in .tar.gz.", context.Log);
        if (_files.Find("usr"u8) is not { Kind: EntryKind.Directory })
            Warn(ArchiveConsumers.Nspawn, "systemd-nspawn takes the tree for no operating system, because it has no directory /usr. Set CreateMountPoints to true.");
    }

    private void CheckInit(ArchiveConsumers consumer)
    {
        bool starts = request.PathOf(OutputKind.LxcConfig) is not null || (_files.FindFile("sbin/init"u8) is { } init && (init.Mode & Runnable) != 0);
        if (!starts)
            Warn(consumer, $"A container of {consumer} runs /sbin/init, and the tree has no such program. Ask for an LxcConfig: it has the container run what the image says.");
    }

    private void Warn(ArchiveConsumers consumer, string what) => ArchiveErrors.WarnConsumer(context.Log, consumer, what);

    /// <summary>The number of paths with something in common, and the first.</summary>
    private sealed class FoundPaths
    {
        private int _count;
        private string _first = "";

        public bool Any => _count > 0;

        public void Add(ReadOnlySpan<byte> path)
        {
            if (_count++ == 0)
                _first = SafeText.Show(path);
        }

        public override string ToString() => _count == 1 ? $"'{_first}'" : string.Create(CultureInfo.InvariantCulture, $"{_count} paths, first '{_first}'");
    }
}
