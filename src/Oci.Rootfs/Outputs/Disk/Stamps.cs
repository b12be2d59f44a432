using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The stamps of a finished tree, by path.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Stamps(PathTable paths)
{
    private readonly PathMap<Stamp> _stamps = new(paths);

    public Stamp this[int path] => _stamps[path];

    /// <summary>The stamp with the newest time of change.</summary>
    public Stamp Newest { get; private set; }

    /// <summary>Whether the file system has fractions of a second.</summary>
    public bool HasFractions { get; private set; }

    /// <summary>Whether the lengths of some files say nothing of their bytes after a power cut (<see cref="MetadataWriter.HasSetLengths"/>).</summary>
    public bool HasSetLengths { get; set; }

    public void Set(int path, Stamp stamp)
    {
        HasFractions |= stamp.Nanoseconds != 0;
        _stamps.At(path) = stamp;
        if (stamp.Seconds > Newest.Seconds || (stamp.Seconds == Newest.Seconds && stamp.Nanoseconds > Newest.Nanoseconds))
            Newest = stamp;
    }

    /// <summary>Looks at a node.</summary>
    public void Take(int path, DirectoryHandle directory, ReadOnlySpan<byte> name) =>
        Set(path, Stamp.Of(directory.Stat(name) ?? throw DiskErrors.Changed(paths.Bytes(path))));
}
