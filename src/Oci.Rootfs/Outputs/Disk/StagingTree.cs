using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// The tree under construction, and what the engine knows of it: plain directories and the files written ahead. Until the materialiser
/// makes links and nodes, the tree has nothing else. Contents without a place wait in <see cref="Aside"/>.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class StagingTree : IDisposable
{
    /// <summary>The mode that most directories of an image have.</summary>
    public const uint DirectoryMode = 0b111_101_101; // 0755

    /// <summary>For the root and the directories beside it: no other user gets in before the tree is complete.</summary>
    public const uint RootMode = OwnerAll;

    private const uint OwnerAll = 0b111_000_000; // 0700

    /// <summary>The kind of node at a path.</summary>
    private enum Stands : byte
    {
        Nothing,
        Directory,
        File,
    }

    private readonly StagingDirectories _directories;

    /// <summary>The content's place in the list, counted from 1.</summary>
    private readonly ContentIndex _places = new();

    private readonly PathMap<Stands> _standing;
    private bool? _umaskHidesOwner;

    public StagingTree(PathTable paths, DirectoryHandle root, DirectoryHandle aside)
    {
        Paths = paths;
        Aside = aside;
        _directories = new StagingDirectories(paths, root);
        _standing = new PathMap<Stands>(paths);
        _standing.At(PathTable.Root) = Stands.Directory;
    }

    public PathTable Paths { get; }

    /// <summary>A sibling of the staging tree for contents without a place. The engine makes up the names there.</summary>
    public DirectoryHandle Aside { get; }

    /// <summary>Every content written so far. Its place changes while materialising.</summary>
    public Paged<StagedContent> Contents { get; } = new();

    public static byte[] AsideName(ContentRef content) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{content.Layer}-{content.Row}"));

    public bool HasDirectory(int path) => _standing[path] == Stands.Directory;

    public bool IsFree(int path) => _standing[path] == Stands.Nothing;

    /// <summary>The number of directories opened so far.</summary>
    public long DirectoriesOpened => _directories.Opened;

    /// <summary>The handle of an existing directory; valid until the next call unless held.</summary>
    public DirectoryHandle Directory(int path) => _directories.Get(path);

    /// <summary>False where the way to an existing directory is long now (<see cref="StagingDirectories"/>).</summary>
    public bool IsNear(int path) => _directories.IsNear(path);

    /// <summary>Makes a directory and its missing ancestors.</summary>
    /// <returns>False when a file has one of the paths, or the parent is not near.</returns>
    public bool TryMakeDirectories(int path)
    {
        if (_standing[path] == Stands.Directory)
            return true;
        IntStack missing = new();
        int at = path;
        for (; _standing[at] != Stands.Directory; at = Paths.Parent(at))
        {
            if (_standing[at] != Stands.Nothing)
                return false;
            missing.Push(at);
        }
        if (!IsNear(at))
            return false;
        while (missing.TryPop(out int next))
            MakeDirectory(next);
        return true;
    }

    /// <summary>Makes one directory below an existing one.</summary>
    public void MakeDirectory(int path)
    {
        DirectoryHandle parent = Directory(Paths.Parent(path));
        if (parent.Mkdir(Paths.Name(path), DirectoryMode) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making a directory", Paths.Bytes(path));
        // Checked once: an umask that takes the owner's own rights away would keep the engine out of every directory.
        _umaskHidesOwner ??= parent.Stat(Paths.Name(path)) is { } made && (made.Mode & OwnerAll) != OwnerAll;
        if (_umaskHidesOwner == true)
            _ = parent.ChmodChild(Paths.Name(path), OwnerAll);
        _standing.At(path) = Stands.Directory;
    }

    public void RemoveDirectory(int path)
    {
        _directories.Forget(path);
        if (Directory(Paths.Parent(path)).Unlink(Paths.Name(path), directory: true) != 0)
            throw Changed(path);
        _standing.At(path) = Stands.Nothing;
    }

    /// <summary>Notes a content's path (or its place aside) before the writing begins.</summary>
    public StagedContent Claim(ContentRef content, int path, in NodeMetadata written)
    {
        StagedContent staged = new(content, path, written);
        Contents.Add(staged);
        _places.Set(content, Contents.Count);
        if (path != PathTable.None)
            _standing.At(path) = Stands.File;
        return staged;
    }

    /// <summary>The content written for a row; null where there is none, or it was deleted.</summary>
    public StagedContent? Find(ContentRef content)
    {
        int place = _places[content];
        return place == 0 ? null : Contents[place - 1];
    }

    public void Delete(StagedContent content)
    {
        (DirectoryHandle directory, byte[] name) = Where(content);
        if (directory.Unlink(name) != 0)
            throw Changed(content.Path);
        Unplace(content);
        _places.Set(content.Content, 0);
    }

    public void MoveAside(StagedContent content)
    {
        if (Directory(Paths.Parent(content.Path)).Rename(Paths.Name(content.Path), Aside, AsideName(content.Content)) != 0)
            throw Changed(content.Path);
        Unplace(content);
    }

    public void MoveTo(StagedContent content, int path)
    {
        (DirectoryHandle directory, byte[] name) = Where(content);
        using DirectoryHandle from = directory.Hold();
        if (from.Rename(name, Directory(Paths.Parent(path)), Paths.Name(path)) != 0)
            throw Changed(path);
        Unplace(content);
        content.Path = path;
        _standing.At(path) = Stands.File;
    }

    public void Dispose()
    {
        _directories.Dispose();
        Aside.Dispose();
    }

    /// <summary>Where a content is now. The handle is valid until the next call unless held.</summary>
    public (DirectoryHandle Directory, byte[] Name) Where(StagedContent content) => content.Path == PathTable.None
        ? (Aside, AsideName(content.Content))
        : (Directory(Paths.Parent(content.Path)), Paths.Name(content.Path).ToArray());

    private void Unplace(StagedContent content)
    {
        if (content.Path != PathTable.None)
            _standing.At(content.Path) = Stands.Nothing;
        content.Path = PathTable.None;
        content.Stamp = default;
    }

    private OciException Changed(int path) => Linux.Errno is Errno.NotFound or Errno.NotEmpty
        ? DiskErrors.Changed(Paths.Bytes(Math.Max(path, 0)))
        : DiskErrors.FromErrno(Linux.Errno, "moving a file", Paths.Bytes(Math.Max(path, 0)));
}
