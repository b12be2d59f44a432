using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>
/// The place of one tree: its parent directory, and the names that the engine uses there. They are all siblings of the tree: a directory
/// whose mode forbids writing can only be renamed within its parent.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Destination : IDisposable
{
    private const UnixFileMode Private = (UnixFileMode)StagingTree.RootMode;

    private readonly List<string> _madeParents;

    private Destination(string path, DirectoryHandle parent, List<string> madeParents)
    {
        ShownPath = path;
        Parent = parent;
        _madeParents = madeParents;
        string name = System.IO.Path.GetFileName(path);
        Name = Encoding.UTF8.GetBytes(name);
        StateFileName = Encoding.UTF8.GetBytes($".{name}.oci");
        StagingName = Encoding.UTF8.GetBytes($".{name}.oci-new");
        AsideName = Encoding.UTF8.GetBytes($".{name}.oci-aside");
        AwayName = Encoding.UTF8.GetBytes($".{name}.oci-away");
        Remains = new Remains(this, name);
    }

    /// <summary>An absolute path without a trailing slash, for messages.</summary>
    public string ShownPath { get; }

    public DirectoryHandle Parent { get; }

    public byte[] Name { get; }

    /// <summary>The state file: state, lock and proof of ownership of the tree.</summary>
    public byte[] StateFileName { get; }

    /// <summary>The name of the new tree while the engine makes it, and later of the old one until it is removed.</summary>
    public byte[] StagingName { get; }

    public byte[] AsideName { get; }

    /// <summary>The name of the tree while an update changes it.</summary>
    public byte[] AwayName { get; }

    /// <summary>Trees that earlier builds could not remove.</summary>
    public Remains Remains { get; }

    /// <returns>Null where there is no state file and <c>create</c> is false.</returns>
    public StateFile? AcquireState(bool create, EngineContext context) =>
        StateFile.Acquire(Parent, StateFileName, Shown(StateFileName), ShownPath, create, context);

    /// <param name="path">Absolute.</param>
    /// <param name="create">
    /// Makes missing parents. For root, it makes the nearest one private, because an image's setuid files are not for every local user.
    /// </param>
    /// <returns>Null where the parent is missing and <paramref name="create"/> is false.</returns>
    public static Destination? Open(string path, bool create)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (System.IO.Path.GetDirectoryName(path) is not { } parent)
            throw DiskErrors.BadDestination(path);
        List<string> made = [];
        if (create)
            MakeParents(parent, made);
        DirectoryHandle? handle = DirectoryHandle.OpenUserPath(parent);
        if (handle is not null)
            return new Destination(path, handle, made);
        int errno = Linux.Errno;
        Remove(made);
        return errno == Errno.NotFound && !create
            ? null
            : throw DiskErrors.FromErrno(errno, "opening the directory that holds the destination", Encoding.UTF8.GetBytes(parent));
    }

    /// <summary>Removes the parents that the engine made for a tree that it then did not make.</summary>
    public void RemoveMadeParents() => Remove(_madeParents);

    /// <summary>rmdir(2). Whatever stands there and can't be removed so stays.</summary>
    public static bool RemoveIfEmpty(string directory)
    {
        using DirectoryHandle? parent = DirectoryHandle.OpenUserPath(System.IO.Path.GetDirectoryName(directory) ?? "/");
        return parent is not null && parent.Unlink(Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(directory)), directory: true) == 0;
    }

    /// <summary>Fails where something is mounted on or in the tree, or on or in the remains of earlier trees.</summary>
    public void RefuseMounts() => RefuseMountsOn(Name, StagingName, AsideName, AwayName);

    /// <summary>
    /// Fails where something is mounted on or in the remains of earlier trees. The tree itself may have mounts while the engine leaves it
    /// alone.
    /// </summary>
    public void RefuseStagingMounts() => RefuseMountsOn(StagingName, AsideName, AwayName);

    private void RefuseMountsOn(params ReadOnlySpan<byte[]> names)
    {
        byte[] parent = RealParent();
        foreach (byte[] name in names)
            MountTable.RefuseMountsWithin([.. parent, (byte)'/', .. name]);
    }

    /// <summary>The parent's path without links, in bytes, because a link's target need not be UTF-8. Empty for the root.</summary>
    private unsafe byte[] RealParent()
    {
        byte[] target = new byte[4096];
        nint length;
        fixed (byte* path = DirectoryHandle.HandlePath(Parent.Fd), result = target)
            length = Linux.ReadLink(path, result, (nuint)target.Length);
        byte[] parent = length > 0 ? target[..(int)length] : Encoding.UTF8.GetBytes(System.IO.Path.GetDirectoryName(ShownPath)!);
        return parent is [(byte)'/'] ? [] : parent;
    }

    /// <summary>Removes everything that this extraction made beside the destination.</summary>
    public void RemoveStaging()
    {
        Remove(StagingName).ThrowIfFailed();
        Remove(AsideName).ThrowIfFailed();
    }

    public Removal Remove(byte[] name, CancellationToken cancellation = default) => TreeRemover.Remove(Parent, name, Shown(name), cancellation);

    /// <summary>Makes an empty private directory beside the destination. It removes attributes inherited from the parent.</summary>
    public DirectoryHandle MakePrivate(byte[] name)
    {
        if (Parent.Mkdir(name, StagingTree.RootMode) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making a directory beside the destination", Encoding.UTF8.GetBytes(Shown(name)));
        _ = Parent.ChmodChild(name, StagingTree.RootMode); // The umask may take the owner's own rights away.
        DirectoryHandle directory = Parent.OpenChild(name)
            ?? throw DiskErrors.FromErrno(Linux.Errno, "opening a directory beside the destination", Encoding.UTF8.GetBytes(Shown(name)));
        RemoveInherited(directory, "system.posix_acl_default"u8);
        RemoveInherited(directory, "system.posix_acl_access"u8);
        // A setgid parent passes on its group and the setgid bit.
        _ = Linux.Chown(directory.Fd, uint.MaxValue, Linux.EffectiveGroupId());
        _ = Linux.Chmod(directory.Fd, StagingTree.RootMode);
        return directory;
    }

    public string Shown(byte[] name) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(ShownPath)!, Encoding.UTF8.GetString(name));

    public void Dispose() => Parent.Dispose();

    private static void MakeParents(string parent, List<string> made)
    {
        List<string> missing = [];
        for (string? at = parent; at is not null && !Directory.Exists(at); at = System.IO.Path.GetDirectoryName(at))
            missing.Add(at);
        try
        {
            foreach (string directory in Enumerable.Reverse(missing))
            {
                if (directory == parent && Linux.EffectiveUserId() == 0)
                    Directory.CreateDirectory(directory, Private);
                else
                    Directory.CreateDirectory(directory);
                made.Insert(0, directory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(made);
            throw DiskErrors.Parent(parent, e);
        }
    }

    /// <param name="parents">The deepest first. Missing and non-empty ones stay as they are.</param>
    private static void Remove(List<string> parents)
    {
        try
        {
            foreach (string parent in parents.Where(Directory.Exists))
                Directory.Delete(parent);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The parents stay, because somebody else has put something there meanwhile.
        }
    }

    private static unsafe void RemoveInherited(DirectoryHandle directory, ReadOnlySpan<byte> acl)
    {
        fixed (byte* name = NativeName.Of(acl, stackalloc byte[NativeName.StackBytes]))
            _ = Linux.RemoveXattr(directory.Fd, name); // The call fails if there is no such attribute, or the file system has no ACLs.
    }
}
