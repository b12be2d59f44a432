using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Sets owner, mode, extended attributes and times on nodes that were just made, in the order of rule 70.</summary>
[SupportedOSPlatform("linux")]
internal sealed class MetadataWriter(OwnershipPolicy policy, RootfsLog log)
{
    private const uint OwnerReadWrite = 0b110_000_000; // 0600
    private const uint OwnerAll = 0b111_000_000; // 0700
    private const uint Permissions = 0b111_111_111; // 0777

    private readonly bool _setsTimes = policy.Can(Settable.Times);

    public OwnershipPolicy Policy { get; } = policy;

    /// <summary>
    /// Whether some file got its length otherwise than by its last byte. After a power cut its length can be right although its bytes were never
    /// written: ext4 enters such a length into its journal at once. Known when all contents are written. Any thread may set it.
    /// </summary>
    public bool HasSetLengths { get; set; }

    /// <summary>The mode for making a file: the final one, unless something must be set before it.</summary>
    public uint ModeToMakeWith(in NodeMetadata meta)
    {
        uint wanted = Policy.Mode(meta.Kind, meta.Mode);
        // No mode can be set afterwards here. Making the file is the only chance to come near the wanted mode.
        if (!Policy.Modes)
            return (wanted & Permissions) | OwnerReadWrite;
        return meta.Xattrs is null && !LacksOwner(meta) && Policy.Made.HasMode(wanted, wanted) ? wanted : OwnerReadWrite;
    }

    /// <summary>For an open regular file or directory that was just made with a mode, and written.</summary>
    public unsafe void Apply(int fd, in NodeMetadata meta, uint madeWith, ReadOnlySpan<byte> shownPath)
    {
        uint mode = Policy.Mode(meta.Kind, meta.Mode);
        if (LacksOwner(meta) && Linux.Chown(fd, meta.Uid, meta.Gid) != 0)
            throw Failure(Demand.Owner(meta.Uid, meta.Gid), "setting the owner", shownPath);
        SetXattrs(fd, meta, shownPath, XattrKind.User, XattrKind.User);
        if (LacksMode(madeWith, mode))
            CheckMode(Linux.Chmod(fd, mode), mode, (mode & OwnershipPolicy.SetIdBits) != 0 ? DirectoryHandle.StatFile(fd) : null, shownPath);
        SetXattrs(fd, meta, shownPath, XattrKind.Acl, XattrKind.Capability);
        SetTimes(fd, meta.Mtime, shownPath);
    }

    /// <summary>
    /// For a directory that was made with a mode. The directory stays closed; false where more than its times must be set.
    /// </summary>
    public bool TryApplyTimesAlone(DirectoryHandle parent, ReadOnlySpan<byte> name, in NodeMetadata meta, uint madeWith, ReadOnlySpan<byte> shownPath)
    {
        if (meta.Xattrs is not null || LacksOwner(meta) || LacksMode(madeWith, Policy.Mode(meta.Kind, meta.Mode)))
            return false;
        SetTimesAt(parent, name, meta.Mtime, shownPath);
        return true;
    }

    /// <summary>For a node that is not or can't be opened: a symlink, device or FIFO, or a file whose mode forbids it.</summary>
    /// <param name="directory">The directory of the node.</param>
    /// <param name="name">The last component.</param>
    /// <param name="meta">The metadata to set.</param>
    /// <param name="isNew">True for a node just made; another one may have another owner already.</param>
    /// <param name="shownPath">The path for messages.</param>
    public unsafe void ApplyAt(DirectoryHandle directory, ReadOnlySpan<byte> name, in NodeMetadata meta, bool isNew, ReadOnlySpan<byte> shownPath)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
        {
            if ((isNew ? LacksOwner(meta) : Policy.Owners) && Linux.ChownAt(directory.Fd, n, meta.Uid, meta.Gid, Linux.AtSymlinkNofollow) != 0)
                throw Failure(Demand.Owner(meta.Uid, meta.Gid), "setting the owner", shownPath);
            if (meta.Kind != EntryKind.Symlink || meta.Xattrs is not null)
                ApplyThroughHandle(directory, name, meta, shownPath);
        }
        SetTimesAt(directory, name, meta.Mtime, shownPath);
    }

    /// <summary>
    /// chmod and setxattr have no "don't follow" flag for a name below a handle. Through <c>/proc/self/fd</c> of an <c>O_PATH</c> handle
    /// they reach exactly the opened node, even a symlink. No byte of the image is part of that path.
    /// </summary>
    private unsafe void ApplyThroughHandle(DirectoryHandle directory, ReadOnlySpan<byte> name, in NodeMetadata meta, ReadOnlySpan<byte> shownPath)
    {
        int fd = directory.OpenFile(name, Linux.OPath);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "opening", shownPath);
        try
        {
            ApplyThroughHandle(fd, meta, shownPath);
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

    private unsafe void ApplyThroughHandle(int fd, in NodeMetadata meta, ReadOnlySpan<byte> shownPath)
    {
        fixed (byte* path = DirectoryHandle.HandlePath(fd))
        {
            // Without root, the kernel refuses a user.* attribute on a file or directory that its owner can't write (rule 70).
            if (meta.Kind is EntryKind.File or EntryKind.Directory && meta.Xattrs is not null && Policy.Modes)
                CheckMode(Linux.ChmodPath(path, meta.Kind == EntryKind.File ? OwnerReadWrite : OwnerAll), OwnerReadWrite, null, shownPath);
            SetXattrs(-1, meta, shownPath, XattrKind.User, XattrKind.User, path);
            uint mode = Policy.Mode(meta.Kind, meta.Mode);
            if (meta.Kind != EntryKind.Symlink && Policy.Modes)
                CheckMode(Linux.ChmodPath(path, mode), mode, (mode & OwnershipPolicy.SetIdBits) != 0 ? DirectoryHandle.StatFile(fd) : null, shownPath);
            SetXattrs(-1, meta, shownPath, XattrKind.Acl, XattrKind.Capability, path);
        }
    }

    /// <summary>
    /// Gives a file or directory that stands other metadata. All of it goes through one handle, whose node the caller has checked: others may
    /// move names in the directories of a tree that are theirs.
    /// </summary>
    /// <param name="fd">A handle of the node (<c>O_PATH</c>).</param>
    /// <param name="before">The node as the engine left it, or made it.</param>
    /// <param name="now">The node as it should be.</param>
    /// <param name="isDrifted">Whether somebody else may have changed its owner and attributes.</param>
    /// <param name="shownPath">The path for messages.</param>
    public unsafe void Change(int fd, Inode before, Inode now, bool isDrifted, ReadOnlySpan<byte> shownPath)
    {
        byte empty = 0;
        (uint uid, uint gid) = Policy.Owners ? (now.Uid, now.Gid) : (Policy.Made.Uid, Policy.Made.Gid);
        // Where the disk has no owners of the image, a node that somebody has given away becomes the builder's again.
        bool setsOwner = Policy.Owners || (isDrifted && DirectoryHandle.StatFile(fd) is { } node && (node.Uid != uid || node.Gid != gid));
        if (setsOwner && Linux.ChownAt(fd, &empty, uid, gid, Linux.AtEmptyPath) != 0)
            throw Failure(Demand.Owner(uid, gid), "setting the owner", shownPath);
        if (before.Xattrs.Count > 0 || isDrifted)
            RemoveXattrs(fd, before, now, isDrifted, shownPath);
        ApplyThroughHandle(fd, NodeMetadata.Of(now), shownPath);
        fixed (byte* path = DirectoryHandle.HandlePath(fd))
            SetTimesAt(Linux.AtFdCwd, path, now.Mtime, flags: 0, shownPath);
    }

    /// <summary>Takes attributes from a node that stood before, so that it can get those that it should have.</summary>
    private unsafe void RemoveXattrs(int fd, Inode before, Inode now, bool isDrifted, ReadOnlySpan<byte> shownPath)
    {
        fixed (byte* path = DirectoryHandle.HandlePath(fd))
        {
            bool mayWrite = false;
            foreach (byte[] xattr in isDrifted ? ListXattrs(path, shownPath) : OnDisk(before, now))
            {
                if (!mayWrite && Policy.Modes)
                    CheckMode(Linux.ChmodPath(path, now.Kind == EntryKind.File ? OwnerReadWrite : OwnerAll), OwnerReadWrite, null, shownPath);
                mayWrite = true;
                RemoveXattr(path, xattr, shownPath);
            }
        }
    }

    private static unsafe void RemoveXattr(byte* path, ReadOnlySpan<byte> xattr, ReadOnlySpan<byte> shownPath)
    {
        fixed (byte* name = NativeName.Of(xattr, stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.RemoveXattrPath(path, name) != 0 && Linux.Errno != Errno.NoData)
                throw DiskErrors.FromErrno(Linux.Errno, $"removing the extended attribute {SafeText.Show(xattr)}", shownPath);
        }
    }

    private List<byte[]> OnDisk(Inode before, Inode now)
    {
        List<byte[]> names = [];
        foreach (Xattr xattr in before.Xattrs)
        {
            if (Policy.Sets(XattrKinds.Of(xattr.Name), before.Kind) && !DiskView.HasOnDisk(now, xattr, Policy))
                names.Add(xattr.Name);
        }
        return names;
    }

    /// <summary>All but those that the system itself gives every node.</summary>
    public static unsafe List<byte[]> ListXattrs(byte* path, ReadOnlySpan<byte> shownPath)
    {
        const int MostBytes = 64 << 10; // xattr(7): the kernel lists no more.
        byte[] list = new byte[MostBytes];
        nint length;
        fixed (byte* names = list)
            length = Linux.ListXattrsPath(path, names, MostBytes);
        if (length < 0 && Linux.Errno != Errno.NotSupported)
            throw DiskErrors.FromErrno(Linux.Errno, "listing extended attributes", shownPath);
        List<byte[]> found = [];
        ReadOnlySpan<byte> rest = list.AsSpan(0, (int)Math.Max(length, 0));
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)0);
            ReadOnlySpan<byte> name = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (XattrKinds.Of(name) != XattrKind.Unknown && !IsOfTheSystem(name))
                found.Add(name.ToArray());
        }
        return found;
    }

    /// <summary>A security module gives them to nodes by itself.</summary>
    private static bool IsOfTheSystem(ReadOnlySpan<byte> name) => name.SequenceEqual("security.selinux"u8) || name.SequenceEqual("security.ima"u8)
        || name.SequenceEqual("security.evm"u8) || name.StartsWith("security.SMACK64"u8) || name.SequenceEqual("security.apparmor"u8);

    private unsafe void SetXattrs(int fd, in NodeMetadata meta, ReadOnlySpan<byte> shownPath, XattrKind first, XattrKind last, byte* handlePath = null)
    {
        if (meta.Xattrs is null)
            return;
        for (XattrKind kind = first; kind <= last; kind++)
        {
            if (!Policy.Sets(kind, meta.Kind))
                continue;
            foreach (Xattr xattr in meta.Xattrs)
            {
                if (XattrKinds.Of(xattr.Name) == kind)
                    SetXattr(fd, handlePath, xattr, shownPath);
            }
        }
    }

    private static unsafe void SetXattr(int fd, byte* handlePath, Xattr xattr, ReadOnlySpan<byte> shownPath)
    {
        fixed (byte* name = NativeName.Of(xattr.Name, stackalloc byte[NativeName.StackBytes]), value = xattr.Value)
        {
            int result = handlePath is null
                ? Linux.SetXattr(fd, name, value, (nuint)xattr.Value.Length, 0)
                : Linux.SetXattrPath(handlePath, name, value, (nuint)xattr.Value.Length, 0);
            if (result == 0)
                return;
        }
        throw Linux.Errno is Errno.NoSpace or Errno.OutOfRange or Errno.TooLong
            ? DiskErrors.XattrTooLarge(shownPath, xattr.Name, xattr.Value.Length)
            : Failure(Demand.Any(XattrKinds.Of(xattr.Name).Needs(EntryKind.File) ?? Settable.UserXattrs), $"setting the extended attribute {SafeText.Show(xattr.Name)}", shownPath);
    }

    /// <summary>
    /// Without CAP_FSETID the kernel drops setuid and setgid although chmod succeeds. So the writer checks the file afterwards.
    /// </summary>
    private static void CheckMode(int result, uint mode, Linux.StatXResult? now, ReadOnlySpan<byte> shownPath)
    {
        if (result != 0)
            throw Failure(Demand.Mode(mode), "setting the mode", shownPath);
        if (now is { } node && (node.Mode & OwnershipPolicy.SetIdBits) != (mode & OwnershipPolicy.SetIdBits))
            throw new RefusedException(Demand.Mode(mode), ProbeNode.Ignored("chmod"), SafeText.Show(shownPath));
    }

    /// <summary>If this process may not set something, the caller decides anew. Any other failure is an error.</summary>
    private static Exception Failure(Demand demand, string doing, ReadOnlySpan<byte> shownPath) => Errno.MeansMayNot(Linux.Errno)
        ? new RefusedException(demand, $"{doing}: {DiskErrors.Describe(Linux.Errno)}", SafeText.Show(shownPath))
        : DiskErrors.FromErrno(Linux.Errno, doing, shownPath);

    private bool LacksMode(uint madeWith, uint mode) => Policy.Modes && !Policy.Made.HasMode(madeWith, mode);

    private bool LacksOwner(in NodeMetadata meta) => Policy.Owners && !Policy.Made.HasOwner(meta);

    /// <summary>For a node that has everything but its time.</summary>
    public void ApplyTime(DirectoryHandle directory, ReadOnlySpan<byte> name, FileTime mtime, ReadOnlySpan<byte> shownPath) => SetTimesAt(directory, name, mtime, shownPath);

    private unsafe void SetTimesAt(DirectoryHandle directory, ReadOnlySpan<byte> name, FileTime mtime, ReadOnlySpan<byte> shownPath)
    {
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
            SetTimesAt(directory.Fd, n, mtime, Linux.AtSymlinkNofollow, shownPath);
    }

    private unsafe void SetTimesAt(int directory, byte* name, FileTime mtime, int flags, ReadOnlySpan<byte> shownPath)
    {
        if (!_setsTimes)
            return;
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        times[0] = times[1] = Clamp(mtime, shownPath);
        if (Linux.SetTimesAt(directory, name, times, flags) != 0)
            throw Failure(Demand.Any(Settable.Times), "setting the times", shownPath);
    }

    private unsafe void SetTimes(int fd, FileTime mtime, ReadOnlySpan<byte> shownPath)
    {
        if (!_setsTimes)
            return;
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        times[0] = times[1] = Clamp(mtime, shownPath);
        if (Linux.SetTimes(fd, times) != 0)
            throw Failure(Demand.Any(Settable.Times), "setting the times", shownPath);
    }

    /// <summary>Warns of a time that the file system can't hold, as setting it does.</summary>
    public void WarnOfTime(FileTime time, Func<byte[]> shownPath)
    {
        if (_setsTimes && (time.Seconds < Policy.Times.Earliest || time.Seconds > Policy.Times.Latest))
            Clamp(time, shownPath());
    }

    /// <summary>Rule 81: the mtree file has the exact time. The time on disk is clamped to the range of the file system.</summary>
    private Linux.TimeSpec Clamp(FileTime time, ReadOnlySpan<byte> shownPath)
    {
        long seconds = Math.Clamp(time.Seconds, Policy.Times.Earliest, Policy.Times.Latest);
        if (seconds != time.Seconds)
            log.Warning(DiskErrors.TimeClamped, $"The time of '{SafeText.Show(shownPath)}' is outside what the file system holds; it is exact in the mtree file and clamped on disk.");
        return new Linux.TimeSpec { Seconds = (nint)seconds, Nanoseconds = seconds == time.Seconds ? time.Nanoseconds : 0 };
    }
}
