using System.Runtime.Versioning;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Makes the <see cref="OwnershipPolicy"/>: the kernel says what this process may do, and trials show what the file system lets it do. The
/// trials use a file and a directory with the hardest metadata of a tree, in the order of <see cref="MetadataWriter"/>.
/// </summary>
/// <param name="ownership">The policy that the user asked for.</param>
/// <param name="privileges">The privileges of this process.</param>
/// <param name="staging">A private directory; the probe removes all that it made there.</param>
/// <param name="demands">The demands that failed in an earlier trial or extraction.</param>
[SupportedOSPlatform("linux")]
internal sealed class OwnershipProbe(Ownership ownership, Privileges privileges, DirectoryHandle staging, IReadOnlyCollection<Demand> demands)
{
    private const uint AllRights = 0b111_111_111; // 0777
    private const uint FileMode = 0b110_100_001; // 0641
    private const uint ReadOnlyMode = 0b101_101_101; // 0555
    private const uint StickyMode = 0b1_111_000_001; // 01701
    private const uint Second = 1_000_000_000;
    private const uint Nanosecond = 123_456_789;

    /// <summary>The reasons, by <see cref="Settable"/>.</summary>
    private readonly string?[] _whyNot = new string?[OwnershipPolicy.Kinds];

    private TimeRange _times = TimeRange.Widest;

    public OwnershipPolicy Decide(bool makeWritable)
    {
        RefuseWhatThePrivilegesForbid();
        NewNode made = Made();
        OnNew(ProbeNode.File, TryAsOurs);
        OnNew(ProbeNode.Directory, TryAsOurs);
        if (Can(Settable.Owners))
        {
            OnNew(ProbeNode.File, TryAsAnothers);
            OnNew(ProbeNode.Directory, TryAsAnothers);
        }
        if (Can(Settable.Devices))
        {
            foreach (Demand device in Demanded(Settable.Devices).Prepend(new Demand(Settable.Devices, 1, 3)))
                Note(Settable.Devices, DeviceProbe.Try(staging, device));
        }
        return new OwnershipPolicy(_whyNot) { MakeWritable = makeWritable, Made = made, Times = _times };
    }

    /// <summary>Null where privileges promise the kind. The file system, a sandbox or a lesser capability may still forbid it.</summary>
    public static string? WhyNot(Settable kind, Ownership ownership, Privileges privileges)
    {
        if (kind is Settable.Modes or Settable.Times or Settable.UserXattrs)
            return null;
        if (ownership == Ownership.Record)
            return "Ownership is Record";
        return kind switch
        {
            Settable.Owners or Settable.SetIds or Settable.Acls when !privileges.HasChown => "no CAP_CHOWN",
            Settable.Owners or Settable.SetIds or Settable.Acls when !privileges.MapsIds => "the user namespace doesn't map the ids 0 to 65535",
            Settable.Devices when !privileges.Mknod => "no CAP_MKNOD",
            Settable.TrustedXattrs or Settable.SecurityXattrs when !privileges.Admin => "no CAP_SYS_ADMIN",
            Settable.FileCapabilities when !privileges.SetFileCapabilities => "no CAP_SETFCAP",
            _ => null,
        };
    }

    private void RefuseWhatThePrivilegesForbid()
    {
        for (Settable kind = 0; (int)kind < OwnershipPolicy.Kinds; kind++)
            Note(kind, WhyNot(kind, ownership, privileges));
    }

    /// <summary>The probe asks with two modes: some file systems give all rights to every file, others one mode of their own.</summary>
    private NewNode Made()
    {
        Linux.StatXResult all = default;
        bool givesNone = false, givesDirectories = false;
        OnNew(ProbeNode.File, node => all = node.Now);
        uint umask = ~(uint)all.Mode & AllRights;
        OnNew(static (staging, _) => ProbeNode.File(staging, 0), node => givesNone = node.Permissions == 0);
        OnNew(static (staging, _) => ProbeNode.Directory(staging, StagingTree.DirectoryMode), node => givesDirectories = node.MadeWith == (StagingTree.DirectoryMode & ~umask));
        return new NewNode(all.Uid, all.Gid, umask, givesNone && givesDirectories);
    }

    private void OnNew(Func<DirectoryHandle, uint, ProbeNode> make, Action<ProbeNode> trial)
    {
        using ProbeNode node = make(staging, AllRights);
        trial(node);
        node.Remove();
    }

    /// <summary>Tries the metadata of nodes that this process owns.</summary>
    private void TryAsOurs(ProbeNode node)
    {
        Note(Settable.UserXattrs, node.SetXattr("user.oci"u8, "1"u8));
        Note(Settable.Modes, TryModes(node));
        TryPrivilegedXattrs(node);
        Note(Settable.Times, node.SetTimes(Second, Nanosecond));
        if (node.IsDirectory || !Can(Settable.Times))
            return;
        bool fractions = node.Now.ModifiedNanoseconds == Nanosecond;
        long earliest = node.NearestTo(TimeRange.Widest.Earliest) ?? TimeRange.Narrow.Earliest;
        long latest = node.NearestTo(TimeRange.Widest.Latest) ?? TimeRange.Narrow.Latest;
        // A result outside this range means that the time wrapped around. Such a file system holds 32 bits.
        _times = new TimeRange(
            earliest is >= -(1L << 31) and <= Second ? earliest : TimeRange.Narrow.Earliest,
            latest >= Second && latest <= TimeRange.Widest.Latest ? latest : TimeRange.Narrow.Latest, fractions);
    }

    /// <summary>
    /// Tries the metadata of nodes that have another owner. CAP_CHOWN alone can give a file away, but then mode, times and attributes also
    /// need CAP_FOWNER, CAP_DAC_OVERRIDE and CAP_FSETID.
    /// </summary>
    private void TryAsAnothers(ProbeNode node)
    {
        foreach (Demand owner in Demanded(Settable.Owners).Append(Demand.Owner(0, 0)).Append(Demand.Owner(1, 1)))
            Note(Settable.Owners, node.SetOwner(owner.First, owner.Second));
        if (!Can(Settable.Owners))
            return;
        if (Can(Settable.UserXattrs))
            Note(Settable.Owners, OfAnother(node.SetXattr("user.oci"u8, "1"u8)));
        if (Can(Settable.Modes))
        {
            Note(Settable.Owners, OfAnother(TryModes(node)));
            Note(Settable.SetIds, TrySetIds(node));
        }
        Note(Settable.Acls, node.SetXattr("system.posix_acl_access"u8, SomeAcl));
        if (node.IsDirectory)
            Note(Settable.Acls, node.SetXattr("system.posix_acl_default"u8, SomeAcl));
        TryPrivilegedXattrs(node);
        if (Can(Settable.Times))
            Note(Settable.Owners, OfAnother(node.SetTimes(Second, 0)));
    }

    private static string? OfAnother(string? why) => why is null ? null : $"on a file of another owner, {why}";

    private string? TryModes(ProbeNode node)
    {
        string? why = node.SetMode(node.IsDirectory ? StickyMode : ReadOnlyMode);
        foreach (Demand mode in Demanded(Settable.Modes))
            why ??= node.SetMode(mode.First);
        return why ?? node.SetMode(FileMode);
    }

    private string? TrySetIds(ProbeNode node)
    {
        string? why = node.SetMode(OwnershipPolicy.SetIdBits | AllRights);
        foreach (Demand mode in Demanded(Settable.SetIds))
            why ??= node.SetMode(mode.First);
        return why ?? node.SetMode(FileMode);
    }

    private void TryPrivilegedXattrs(ProbeNode node)
    {
        if (Can(Settable.TrustedXattrs))
            Note(Settable.TrustedXattrs, node.SetXattr("trusted.oci"u8, "1"u8));
        if (Can(Settable.SecurityXattrs))
            Note(Settable.SecurityXattrs, node.SetXattr("security.oci"u8, "1"u8));
        if (Can(Settable.FileCapabilities) && !node.IsDirectory)
            Note(Settable.FileCapabilities, node.SetXattr("security.capability"u8, NoCapabilities));
    }

    /// <summary>Keeps the first reason for the message.</summary>
    private void Note(Settable kind, string? why) => _whyNot[(int)kind] ??= why;

    private bool Can(Settable kind) => _whyNot[(int)kind] is null;

    /// <summary>The demands with numbers. The others add nothing to their kind.</summary>
    private IEnumerable<Demand> Demanded(Settable kind) => demands.Where(d => d.Kind == kind && d.HasNumbers);

    /// <summary>struct vfs_cap_data, revision 2, with empty sets (linux/capability.h).</summary>
    private static ReadOnlySpan<byte> NoCapabilities => [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>
    /// Version 2, then entries of tag, permissions and id (linux/posix_acl_xattr.h): <c>u::rw-,u:1:r--,g::r--,m::r--,o::---</c>. It names a
    /// user, because the kernel turns an ACL without one into a mode and stores no attribute.
    /// </summary>
    private static ReadOnlySpan<byte> SomeAcl =>
    [
        2, 0, 0, 0,
        0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
        0x02, 0, 4, 0, 1, 0, 0, 0,
        0x04, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
        0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
        0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    ];
}
