using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>Layer tables, paths and nodes as few bytes. What is read is checked: no number leads outside of what was read before it.</summary>
internal static class TableCodec
{
    private const ulong KindBits = 0b1111;
    private const int AufsBit = 4, XattrsBit = 5;
    private const int MostNameBytes = 255;
    private const uint ModeBits = 0b111_111_111_111; // 07777
    private const int MostNanoseconds = 999_999_999;

    /// <summary>Writes paths by their numbers, without those that nothing uses, and returns the new numbers.</summary>
    /// <param name="writer">Gets the bytes.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="used">True for the paths to write. Those above them are written too.</param>
    public static PathMap<int> WritePaths(NumberWriter writer, PathTable paths, PathMap<bool> used)
    {
        int count = 1;
        for (int path = paths.Count - 1; path > 0; path--)
        {
            if (!used[path])
                continue;
            count++;
            used.At(paths.Parent(path)) = true;
        }
        PathMap<int> numbers = new(paths);
        writer.Number(count);
        int next = 1;
        for (int path = 1; path < paths.Count; path++)
        {
            if (!used[path])
                continue;
            numbers.At(path) = next++;
            writer.Number(next - 1 - numbers[paths.Parent(path)]);
            writer.Bytes(paths.Name(path));
        }
        return numbers;
    }

    /// <param name="reader">The bytes.</param>
    /// <param name="limits">Counts what is read, as it does for layers.</param>
    /// <exception cref="OciException">A limit is reached.</exception>
    public static PathTable ReadPaths(NumberReader reader, TreeLimits limits)
    {
        PathTable paths = new();
        int count = reader.Count();
        for (int path = 1; path < count; path++)
        {
            int parent = path - reader.Below(path + 1);
            byte[] name = reader.Bytes(MostNameBytes);
            // A parent's number is below its child's, and no path has two numbers.
            if (parent == path || name is [] or [(byte)'.'] or [(byte)'.', (byte)'.'] || name.AsSpan().ContainsAny((byte)0, (byte)'/') || paths.GetOrAdd(parent, name) != path)
                throw new InvalidDataException();
            limits.CheckPaths(paths);
        }
        return paths;
    }

    /// <summary>Marks the paths of a table.</summary>
    public static void Use(LayerTable table, PathMap<bool> used)
    {
        foreach (ref readonly LayerRow row in table)
        {
            used.At(row.Path) = true;
            if (row.LinkPath != PathTable.None)
                used.At(row.LinkPath) = true;
        }
    }

    public static void Write(NumberWriter writer, LayerTable table, PathMap<int> numbers)
    {
        writer.Number(table.Count);
        int ordinal = -1;
        foreach (ref readonly LayerRow row in table)
        {
            writer.Number((ulong)row.Kind | (row.IsAufs ? 1UL << AufsBit : 0) | (row.Xattrs is null ? 0 : 1UL << XattrsBit));
            writer.Number(numbers[row.Path]);
            writer.Number(row.Ordinal - ordinal);
            ordinal = row.Ordinal;
            if (row.Kind is EntryKind.Whiteout or EntryKind.Opaque)
                continue;
            WriteMetadata(writer, row.Mode, row.Uid, row.Gid, row.Mtime);
            if (row.Kind == EntryKind.Hardlink)
                writer.Number(numbers[row.LinkPath]);
            else
                WriteKind(writer, row.Kind, row.Size, row.SymlinkTarget, row.DeviceMajor, row.DeviceMinor);
            if (row.Xattrs is not null)
                WriteXattrs(writer, row.Xattrs);
        }
    }

    /// <inheritdoc cref="ReadPaths"/>
    public static LayerTable ReadTable(NumberReader reader, PathTable paths, int number, TreeLimits limits)
    {
        LayerTable table = new(paths, number);
        int count = reader.Count();
        int ordinal = -1;
        for (int i = 0; i < count; i++)
        {
            limits.AddRow();
            ulong head = reader.Number();
            EntryKind kind = (EntryKind)(head & KindBits);
            LayerRow row = new() { Kind = kind, IsAufs = (head >> AufsBit & 1) != 0, LinkPath = PathTable.None };
            if (kind > EntryKind.Opaque || head >> (XattrsBit + 1) != 0)
                throw new InvalidDataException();
            row.Path = reader.Below(paths.Count);
            int step = reader.Below(int.MaxValue);
            row.Ordinal = ordinal = step > 0 ? checked(ordinal + step) : throw new InvalidDataException();
            if (kind is not (EntryKind.Whiteout or EntryKind.Opaque))
            {
                (row.Mode, row.Uid, row.Gid, row.Mtime) = ReadMetadata(reader);
                if (kind == EntryKind.Hardlink)
                    row.LinkPath = reader.Below(paths.Count);
                else
                    (row.Size, row.SymlinkTarget, row.DeviceMajor, row.DeviceMinor) = ReadKind(reader, kind);
                if (row.SymlinkTarget is not null)
                    limits.AddLinkTarget(paths, row.SymlinkTarget.Length);
                if ((head >> XattrsBit & 1) != 0)
                    row.Xattrs = ReadXattrs(reader, paths, limits);
            }
            table.Add(row);
        }
        return table;
    }

    /// <summary>Writes all of a node but its content.</summary>
    public static void Write(NumberWriter writer, Inode inode)
    {
        writer.Number((ulong)inode.Kind);
        WriteMetadata(writer, inode.Mode, inode.Uid, inode.Gid, inode.Mtime);
        WriteKind(writer, inode.Kind, inode.Size, inode.SymlinkTarget, inode.DeviceMajor, inode.DeviceMinor);
        WriteXattrs(writer, inode.Xattrs);
    }

    /// <param name="reader">The bytes.</param>
    /// <param name="paths">All paths, for the limits.</param>
    /// <param name="limits">Counts what is read.</param>
    /// <param name="content">Reads a file's content, after everything else.</param>
    public static Inode ReadInode(NumberReader reader, PathTable paths, TreeLimits limits, Func<ContentRef> content)
    {
        EntryKind kind = (EntryKind)reader.Below((int)EntryKind.Hardlink);
        (uint mode, uint uid, uint gid, FileTime mtime) = ReadMetadata(reader);
        (long size, byte[]? target, uint major, uint minor) = ReadKind(reader, kind);
        return new Inode
        {
            Kind = kind,
            Mode = mode,
            Uid = uid,
            Gid = gid,
            Mtime = mtime,
            Xattrs = ReadXattrs(reader, paths, limits),
            Size = size,
            SymlinkTarget = target ?? [],
            DeviceMajor = major,
            DeviceMinor = minor,
            Content = kind == EntryKind.File ? content() : default,
        };
    }

    private static void WriteMetadata(NumberWriter writer, uint mode, uint uid, uint gid, FileTime mtime)
    {
        writer.Number(mode);
        writer.Number(uid);
        writer.Number(gid);
        writer.Signed(mtime.Seconds);
        writer.Number(mtime.Nanoseconds);
    }

    private static (uint Mode, uint Uid, uint Gid, FileTime Mtime) ReadMetadata(NumberReader reader) =>
        ((uint)reader.Below((int)ModeBits + 1), reader.Word(), reader.Word(), new FileTime(reader.Signed(), reader.Below(MostNanoseconds + 1)));

    private static void WriteKind(NumberWriter writer, EntryKind kind, long size, byte[]? target, uint major, uint minor)
    {
        switch (kind)
        {
            case EntryKind.File:
                writer.Number(size);
                break;
            case EntryKind.Symlink:
                writer.Bytes(target);
                break;
            case EntryKind.CharacterDevice or EntryKind.BlockDevice:
                writer.Number(major);
                writer.Number(minor);
                break;
            default:
                break;
        }
    }

    private static (long Size, byte[]? Target, uint Major, uint Minor) ReadKind(NumberReader reader, EntryKind kind)
    {
        switch (kind)
        {
            case EntryKind.File:
                long size = reader.Long();
                return size >= 0 ? (size, null, 0, 0) : throw new InvalidDataException();
            case EntryKind.Symlink:
                byte[] target = reader.Bytes(LayerTableBuilder.MaxSymlinkTarget);
                return target.Length > 0 && !target.AsSpan().Contains((byte)0) ? (0L, target, 0u, 0u) : throw new InvalidDataException();
            case EntryKind.CharacterDevice or EntryKind.BlockDevice:
                return (0L, null, reader.Word(), reader.Word());
            default:
                return (0, null, 0, 0);
        }
    }

    private static void WriteXattrs(NumberWriter writer, IReadOnlyList<Xattr> xattrs)
    {
        writer.Number(xattrs.Count);
        foreach (Xattr xattr in xattrs)
        {
            writer.Bytes(xattr.Name);
            writer.Bytes(xattr.Value);
        }
    }

    private static List<Xattr> ReadXattrs(NumberReader reader, PathTable paths, TreeLimits limits)
    {
        List<Xattr> xattrs = [];
        for (int left = reader.Count(); left > 0; left--)
        {
            Xattr xattr = new(reader.Bytes(), reader.Bytes());
            // In order, each once, and with a name that a system call takes whole.
            if (xattr.Name.Length == 0 || xattr.Name.AsSpan().Contains((byte)0) || (xattrs.Count > 0 && xattrs[^1].Name.AsSpan().SequenceCompareTo(xattr.Name) >= 0))
                throw new InvalidDataException();
            limits.AddXattr(paths, xattr.Name.Length, xattr.Value.Length);
            xattrs.Add(xattr);
        }
        return xattrs;
    }
}
