using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Sets owner, mode, extended attributes and times on nodes that were just made, in the order of rule 70.</summary>
internal sealed class MetadataWriter(OwnershipPolicy policy, RootfsLog log)
{
    private const uint OwnerReadWrite = 0b110_000_000; // 0600

    /// <summary>What XFS, ext4 and btrfs can hold at least: 32-bit seconds would wrap.</summary>
    private const long EarliestSecond = -(1L << 31);
    private const long LatestSecond = (1L << 34) - 1 - (1L << 31);

    public OwnershipPolicy Policy { get; } = policy;

    /// <summary>The mode to make a file with: the one that it will have, unless something must be set before that.</summary>
    public uint ModeToMakeWith(in NodeMetadata meta)
    {
        uint wanted = Policy.Mode(meta.Kind, meta.Mode);
        return meta.Xattrs is null && !LacksOwner(meta) && Policy.Made.HasMode(wanted, wanted) ? wanted : OwnerReadWrite;
    }

    /// <summary>On an open regular file or directory that was just made with a mode, and written.</summary>
    public unsafe void Apply(int fd, in NodeMetadata meta, uint madeWith, ReadOnlySpan<byte> shownPath)
    {
        Require(meta, shownPath);
        uint mode = Policy.Mode(meta.Kind, meta.Mode);
        if (LacksOwner(meta) && Linux.Chown(fd, meta.Uid, meta.Gid) != 0)
            throw ChownError(meta, shownPath);
        SetXattrs(fd, meta, shownPath, XattrKind.User, XattrKind.User);
        if (!Policy.Made.HasMode(madeWith, mode))
            Check(Linux.Chmod(fd, mode), "setting the mode", shownPath);
        SetXattrs(fd, meta, shownPath, XattrKind.Acl, XattrKind.Capability);
        SetTimes(fd, meta.Mtime, shownPath);
    }

    /// <summary>On a directory that was made with a mode, without opening it: false where more than its times must be set.</summary>
    public bool TryApplyTimesAlone(DirectoryHandle parent, ReadOnlySpan<byte> name, in NodeMetadata meta, uint madeWith, ReadOnlySpan<byte> shownPath)
    {
        if (meta.Xattrs is not null || LacksOwner(meta) || !Policy.Made.HasMode(madeWith, Policy.Mode(meta.Kind, meta.Mode)))
            return false;
        SetTimesAt(parent, name, meta.Mtime, shownPath);
        return true;
    }

    /// <summary>On a node that isn't or can't be opened: a symlink, device or FIFO, or a file whose mode forbids it.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="name">The last component.</param>
    /// <param name="meta">What to set.</param>
    /// <param name="isNew">Just made; otherwise it may have another owner already.</param>
    /// <param name="shownPath">For messages.</param>
    public unsafe void ApplyAt(DirectoryHandle directory, ReadOnlySpan<byte> name, in NodeMetadata meta, bool isNew, ReadOnlySpan<byte> shownPath)
    {
        Require(meta, shownPath);
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
        {
            if ((isNew ? LacksOwner(meta) : Policy.Owners) && Linux.ChownAt(directory.Fd, n, meta.Uid, meta.Gid, Linux.AtSymlinkNofollow) != 0)
                throw ChownError(meta, shownPath);
            if (meta.Kind != EntryKind.Symlink || meta.Xattrs is not null)
                ApplyThroughHandle(directory, name, meta, shownPath);
        }
        SetTimesAt(directory, name, meta.Mtime, shownPath);
    }

    /// <summary>
    /// chmod and setxattr know no "don't follow" for a name below a handle; through <c>/proc/self/fd</c> of an <c>O_PATH</c> handle they
    /// reach exactly the node that was opened, a symlink itself included, and no byte of the image is part of the path.
    /// </summary>
    private unsafe void ApplyThroughHandle(DirectoryHandle directory, ReadOnlySpan<byte> name, in NodeMetadata meta, ReadOnlySpan<byte> shownPath)
    {
        int fd = directory.OpenFile(name, Linux.OPath);
        Check(fd, "opening", shownPath);
        try
        {
            fixed (byte* path = DirectoryHandle.HandlePath(fd))
            {
                // Not root, a user.* attribute on a file that its owner can't write is refused (rule 70).
                if (meta.Kind == EntryKind.File && meta.Xattrs is not null)
                    Check(Linux.ChmodPath(path, OwnerReadWrite), "setting the mode", shownPath);
                SetXattrs(-1, meta, shownPath, XattrKind.User, XattrKind.User, path);
                if (meta.Kind != EntryKind.Symlink)
                    Check(Linux.ChmodPath(path, Policy.Mode(meta.Kind, meta.Mode)), "setting the mode", shownPath);
                SetXattrs(-1, meta, shownPath, XattrKind.Acl, XattrKind.Capability, path);
            }
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

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
        throw Linux.Errno is Errno.NoSpace or Errno.OutOfRange or 7 // E2BIG
            ? DiskErrors.XattrTooLarge(shownPath, xattr.Name, xattr.Value.Length)
            : DiskErrors.FromErrno(Linux.Errno, $"setting the extended attribute {SafeText.Show(xattr.Name)}", shownPath);
    }

    private void Require(in NodeMetadata meta, ReadOnlySpan<byte> shownPath)
    {
        if (!Policy.MustPreserve || meta.Xattrs is null)
            return;
        foreach (Xattr xattr in meta.Xattrs)
        {
            if (!Policy.Sets(XattrKinds.Of(xattr.Name), meta.Kind))
                throw DiskErrors.CannotPreserve($"the extended attribute {SafeText.Show(xattr.Name)}", SafeText.Show(shownPath));
        }
    }

    private static Exception ChownError(in NodeMetadata meta, ReadOnlySpan<byte> shownPath) => Linux.Errno == Errno.Invalid
        ? new UnmappedOwnerException(meta.Uid, meta.Gid, SafeText.Show(shownPath))
        : DiskErrors.FromErrno(Linux.Errno, "setting the owner", shownPath);

    private bool LacksOwner(in NodeMetadata meta) => Policy.Owners && !Policy.Made.HasOwner(meta);

    private unsafe void SetTimesAt(DirectoryHandle directory, ReadOnlySpan<byte> name, FileTime mtime, ReadOnlySpan<byte> shownPath)
    {
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        times[0] = times[1] = Clamp(mtime, shownPath);
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]))
            Check(Linux.SetTimesAt(directory.Fd, n, times, Linux.AtSymlinkNofollow), "setting the times", shownPath);
    }

    private unsafe void SetTimes(int fd, FileTime mtime, ReadOnlySpan<byte> shownPath)
    {
        Linux.TimeSpec* times = stackalloc Linux.TimeSpec[2];
        times[0] = times[1] = Clamp(mtime, shownPath);
        Check(Linux.SetTimes(fd, times), "setting the times", shownPath);
    }

    /// <summary>Rule 81: what the file system can't hold is recorded exactly and clamped on disk.</summary>
    private Linux.TimeSpec Clamp(FileTime time, ReadOnlySpan<byte> shownPath)
    {
        long seconds = Math.Clamp(time.Seconds, EarliestSecond, LatestSecond);
        if (seconds != time.Seconds)
            log.Warning(DiskErrors.TimeClamped, $"The time of '{SafeText.Show(shownPath)}' is outside what file systems hold; it is exact in the mtree file and clamped on disk.");
        return new Linux.TimeSpec { Seconds = (nint)seconds, Nanoseconds = seconds == time.Seconds ? time.Nanoseconds : 0 };
    }

    private static void Check(int result, string doing, ReadOnlySpan<byte> shownPath)
    {
        if (result < 0)
            throw DiskErrors.FromErrno(Linux.Errno, doing, shownPath);
    }
}
