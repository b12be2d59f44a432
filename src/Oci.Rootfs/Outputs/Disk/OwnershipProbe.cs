using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Makes the <see cref="OwnershipPolicy"/>: what the kernel says we may do, and what the file system then really lets us do. Tried on a
/// file and a directory as the hardest of a tree would be, in the order of <see cref="MetadataWriter"/>.
/// </summary>
/// <param name="ownership">As asked for.</param>
/// <param name="privileges">Of this process.</param>
/// <param name="staging">Private; left as it was.</param>
/// <param name="demands">What failed in an earlier trial or extraction.</param>
internal sealed class OwnershipProbe(Ownership ownership, Privileges privileges, DirectoryHandle staging, IReadOnlyCollection<Demand> demands)
{
    private const uint AllRights = 0b111_111_111; // 0777
    private const uint FileMode = 0b110_100_001; // 0641
    private const uint ReadOnlyMode = 0b101_101_101; // 0555
    private const uint StickyMode = 0b1_111_000_001; // 01701
    private const uint Second = 1_000_000_000;
    private const uint Nanosecond = 123_456_789;

    /// <summary>By <see cref="Settable"/>.</summary>
    private readonly string?[] _whyNot = new string?[Enum.GetValues<Settable>().Length];

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

    /// <summary>Whether privileges promise it: the file system, a sandbox or a lesser capability may forbid it all the same.</summary>
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
        foreach (Settable kind in Enum.GetValues<Settable>())
            Note(kind, WhyNot(kind, ownership, privileges));
    }

    /// <summary>Asked with two modes: one file system gives all files all rights, another one mode of its own.</summary>
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

    /// <summary>What can be set on nodes of our own.</summary>
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
        // What wraps around instead of stopping at its end holds 32 bits.
        _times = new TimeRange(
            earliest is >= -(1L << 31) and <= Second ? earliest : TimeRange.Narrow.Earliest,
            latest >= Second && latest <= TimeRange.Widest.Latest ? latest : TimeRange.Narrow.Latest, fractions);
    }

    /// <summary>
    /// And on nodes that we have given away: CAP_CHOWN alone gives a file away, and without CAP_FOWNER, CAP_DAC_OVERRIDE and CAP_FSETID
    /// the rest of what the image says of it can't be set any more.
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

    /// <summary>The first reason is the one to tell.</summary>
    private void Note(Settable kind, string? why) => _whyNot[(int)kind] ??= why;

    private bool Can(Settable kind) => _whyNot[(int)kind] is null;

    /// <summary>Those with numbers: the others say no more than their kind.</summary>
    private IEnumerable<Demand> Demanded(Settable kind) => demands.Where(d => d.Kind == kind && d.HasNumbers);

    /// <summary>struct vfs_cap_data, revision 2, with empty sets (linux/capability.h).</summary>
    private static ReadOnlySpan<byte> NoCapabilities => [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>
    /// Version 2, and entries of tag, permissions and id (linux/posix_acl_xattr.h): <c>u::rw-,u:1:r--,g::r--,m::r--,o::---</c>. One that
    /// names nobody would be taken for a mode, and not be stored.
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
