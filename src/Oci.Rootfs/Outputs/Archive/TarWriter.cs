using System.Buffers.Text;
using System.Text;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// Writes the merged tree as a tar: PAX over ustar, in the dialect of docs/archive.md. Its bytes depend on the tree and the options only.
/// </summary>
/// <param name="tree">The merged tree.</param>
/// <param name="contents">The contents of its files.</param>
/// <param name="options">How to write it.</param>
/// <param name="asLayer">Whether the tar is a layer of an image, which has ACLs as attributes alone and no character device 0:0.</param>
/// <param name="epoch">The time that <see cref="ArchiveOptions.Mtime"/> is about, in seconds.</param>
/// <param name="output">Takes the tar.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class TarWriter(
    RootfsTree tree, ITreeContents contents, ArchiveOptions options, bool asLayer, long epoch, ArchiveStream output, EngineContext context)
{
    private const int BlockBytes = 512;

    /// <summary>tar's own record, 20 blocks: an archive's length is a multiple of it.</summary>
    private const int RecordBytes = 20 * BlockBytes;

    private const int MostOfName = 100, MostOfPrefix = 155;

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly byte[] _reading = new byte[64 << 10];
    private readonly PaxRecordWriter _pax = new();
    private readonly ShownPath _path = new(tree.Paths);
    private readonly Progress _progress = new(context);
    private int _done;
    private readonly DeviceFilter _devices = new(options.Devices, asLayer, context.Log);
    private readonly XattrFilter _xattrs = new(options.Xattrs);

    /// <summary>The first path of an inode with several. Paths as text would take any amount of memory.</summary>
    private readonly Dictionary<Inode, int> _first = new(ReferenceEqualityComparer.Instance);

    private byte[] _name = new byte[4096];
    private int _nameLength;

    public void Write()
    {
        IReadOnlyList<int> order = tree.InOrder();
        for (int i = 0; i < order.Count; i++)
        {
            context.ThrowIfCancelled();
            Inode inode = tree[order[i]]!;
            ReadOnlySpan<byte> path = _path.MoveTo(order[i]);
            if (!_devices.Takes(inode, path))
                continue;
            SetName(path, inode.Kind == EntryKind.Directory ? "/"u8 : []);
            // A symlink with several names is as many symlinks: extractors that change a hardlink's mode or owner would follow it.
            if (inode.Links > 1 && inode.Kind != EntryKind.Symlink && !_first.TryAdd(inode, order[i]))
                WriteHardlink(inode);
            else
                WriteNode(inode);
            _done++;
            SayProgress();
        }
        _devices.Tell();
        output.WriteZeros(2 * BlockBytes);
        output.WriteZeros((RecordBytes - (output.Position % RecordBytes)) % RecordBytes);
        output.Complete();
    }

    private void SayProgress() => _progress.Archives(_done, tree.Count, output.Position);

    private ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>
    /// Every name begins with <c>./</c>: Proxmox leaves devices out by that. The root is <c>./</c> alone.
    /// </summary>
    private void SetName(ReadOnlySpan<byte> path, ReadOnlySpan<byte> suffix)
    {
        if (path.IsEmpty)
            suffix = [];
        int length = 2 + path.Length + suffix.Length;
        if (length > _name.Length)
            Arrays.Grow(ref _name, length * 2);
        "./"u8.CopyTo(_name);
        path.CopyTo(_name.AsSpan(2));
        suffix.CopyTo(_name.AsSpan(2 + path.Length));
        _nameLength = length;
    }

    private void WriteHardlink(Inode inode)
    {
        byte[] target = [.. "./"u8, .. tree.Paths.Bytes(_first[inode])];
        Begin(inode, Name, target, 0);
        End(inode, Name, (byte)'1', target, 0);
    }

    private void WriteNode(Inode inode)
    {
        if (inode.Kind == EntryKind.File)
        {
            WriteFile(inode);
            return;
        }
        ReadOnlySpan<byte> target = inode.SymlinkTarget;
        Begin(inode, Name, target, 0);
        AddAttributes(inode);
        End(inode, Name, TypeOf(inode.Kind), target, 0);
    }

    private void WriteFile(Inode inode)
    {
        using ITreeContent? content = inode.Size == 0 ? null : contents.Open(inode);
        if (content is not null && inode.Size > options.HoleThreshold)
        {
            HoleMap map = HoleMap.Read(content, inode.Size, _reading, context.Cancellation);
            if (inode.Size - map.DataBytes > options.HoleThreshold)
            {
                WriteSparse(inode, content, map);
                return;
            }
        }
        Begin(inode, Name, [], inode.Size);
        AddAttributes(inode);
        End(inode, Name, (byte)'0', [], inode.Size);
        if (content is not null)
            Copy(content, 0, inode.Size);
        Pad(inode.Size);
    }

    /// <summary>GNU tar's form 1.0 of sparse files: the map comes before the data, in blocks of its own.</summary>
    private void WriteSparse(Inode inode, ITreeContent content, HoleMap map)
    {
        ArchiveErrors.WarnSparse(context.Log, Name[2..], inode.Size - map.DataBytes);
        byte[] text = MapText(inode.Size, map);
        long size = text.Length + map.DataBytes;
        int slash = Name.LastIndexOf((byte)'/');
        byte[] placeholder = [.. Name[..(slash + 1)], .. "GNUSparseFile.0/"u8, .. Name[(slash + 1)..]];
        Begin(inode, placeholder, [], size);
        AddAttributes(inode);
        _pax.Add("GNU.sparse.major"u8, 1);
        _pax.Add("GNU.sparse.minor"u8, 0);
        _pax.Add("GNU.sparse.name"u8, Name);
        _pax.Add("GNU.sparse.realsize"u8, inode.Size);
        End(inode, placeholder, (byte)'0', [], size);
        output.Write(text);
        foreach (ref readonly HoleMap.Extent extent in map.Extents)
            Copy(content, extent.Offset, extent.Length);
        Pad(size);
    }

    private static byte[] MapText(long size, HoleMap map)
    {
        // Two numbers of at most 19 digits, a line each.
        byte[] text = new byte[BlockBytes + ((map.Extents.Count + 2L) * 40)];
        int length = 0;
        // An empty last extent says where the file ends.
        bool endsInHole = map.Extents.Count == 0 || map.Extents[map.Extents.Count - 1] is var last && last.Offset + last.Length < size;
        Line(map.Extents.Count + (endsInHole ? 1 : 0));
        foreach (ref readonly HoleMap.Extent extent in map.Extents)
        {
            Line(extent.Offset);
            Line(extent.Length);
        }
        if (endsInHole)
        {
            Line(size);
            Line(0);
        }
        return text[..((length + BlockBytes - 1) / BlockBytes * BlockBytes)];

        void Line(long number)
        {
            _ = Utf8Formatter.TryFormat(number, text.AsSpan(length), out int digits);
            length += digits;
            text[length++] = (byte)'\n';
        }
    }

    private void Copy(ITreeContent content, long offset, long count)
    {
        for (long end = offset + count; offset < end;)
        {
            Span<byte> room = output.Room;
            int read = content.Read(offset, room[..(int)Math.Min(room.Length, end - offset)]);
            if (read == 0)
                throw DiskErrors.Changed(Name[2..]);
            output.Advance(read);
            SayProgress();
            offset += read;
        }
    }

    private void Pad(long size) => output.WriteZeros((BlockBytes - (size % BlockBytes)) % BlockBytes);

    /// <summary>The records of what the header's own fields can't hold, in a fixed order.</summary>
    private void Begin(Inode inode, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, long size)
    {
        _pax.Clear();
        bool isLongName = !FitsName(name, out _), isLongTarget = target.Length > MostOfName;
        // Without it libarchive translates them from UTF-8. That is an error where they are not, and where the user's locale is C.
        if ((isLongName && !Ascii.IsValid(name)) || (isLongTarget && !Ascii.IsValid(target)))
            _pax.Add("hdrcharset"u8, "BINARY"u8);
        if (isLongName)
            _pax.Add("path"u8, name);
        if (isLongTarget)
            _pax.Add("linkpath"u8, target);
        if (inode.Uid > TarField.MostOfEight)
            _pax.Add("uid"u8, inode.Uid);
        if (inode.Gid > TarField.MostOfEight)
            _pax.Add("gid"u8, inode.Gid);
        if (size > TarField.MostOfTwelve)
            _pax.Add("size"u8, size);
        FileTime time = TimeOf(inode.Mtime);
        if (time.Nanoseconds > 0 || time.Seconds is < 0 or > TarField.MostOfTwelve)
            _pax.AddTime("mtime"u8, time);
    }

    private void AddAttributes(Inode inode)
    {
        IReadOnlyList<Xattr> xattrs = _xattrs.Of(inode);
        if (!asLayer)
            PosixAcl.AddTo(_pax, xattrs);
        for (int i = 0; i < xattrs.Count; i++)
        {
            _pax.AddXattr(xattrs[i]);
            // Many hardlinks can give one file many attributes. The archive must stay one that this engine would read.
            if (_pax.Records.Length > context.Limits.MaxTarHeaderBytes)
                throw TarErrors.HeadersTooLong(Name[2..], _pax.Records.Length, context.Limits.MaxTarHeaderBytes);
        }
    }

    private void End(Inode inode, ReadOnlySpan<byte> name, byte type, ReadOnlySpan<byte> target, long size)
    {
        if (!_pax.Records.IsEmpty)
        {
            NewHeader("././@PaxHeader"u8, (byte)'x', 0x1a4, _pax.Records.Length);
            WriteHeader();
            output.Write(_pax.Records);
            Pad(_pax.Records.Length);
        }
        NewHeader([], type, inode.Mode & 0xfff, size);
        if (FitsName(name, out int split))
        {
            name[(split == 0 ? 0 : split + 1)..].CopyTo(_block);
            name[..split].CopyTo(_block.AsSpan(345));
        }
        else
        {
            name[..MostOfName].CopyTo(_block);
        }
        TarField.Number(_block.AsSpan(108, 8), inode.Uid);
        TarField.Number(_block.AsSpan(116, 8), inode.Gid);
        TarField.Number(_block.AsSpan(136, 12), TimeOf(inode.Mtime).Seconds);
        target[..Math.Min(target.Length, MostOfName)].CopyTo(_block.AsSpan(157));
        if (type is (byte)'3' or (byte)'4')
        {
            TarField.Number(_block.AsSpan(329, 8), inode.DeviceMajor);
            TarField.Number(_block.AsSpan(337, 8), inode.DeviceMinor);
        }
        WriteHeader();
    }

    private void NewHeader(ReadOnlySpan<byte> name, byte type, uint mode, long size)
    {
        Span<byte> block = _block;
        block.Clear();
        name.CopyTo(block);
        TarField.Number(block.Slice(100, 8), mode);
        TarField.Number(block.Slice(108, 8), 0);
        TarField.Number(block.Slice(116, 8), 0);
        TarField.Number(block.Slice(124, 12), size);
        TarField.Number(block.Slice(136, 12), 0);
        block[156] = type;
        "ustar\000"u8.CopyTo(block[257..]);
    }

    private void WriteHeader()
    {
        TarField.Checksum(_block);
        output.Write(_block);
    }

    /// <summary>Whether the header's own fields hold the name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="split">The slash between prefix and name: of those that fit, the one with the longest prefix. 0 for no prefix.</param>
    private static bool FitsName(ReadOnlySpan<byte> name, out int split)
    {
        split = 0;
        if (name.Length <= MostOfName)
            return true;
        // The slash at a directory's end can't divide: nothing would be left for the name.
        ReadOnlySpan<byte> before = name[..Math.Min(name.Length - 1, MostOfPrefix + 1)];
        split = before.LastIndexOf((byte)'/');
        return split > 0 && name.Length - split - 1 <= MostOfName;
    }

    private FileTime TimeOf(FileTime mtime) => options.Mtime switch
    {
        ArchiveMtime.Set => new FileTime(epoch),
        ArchiveMtime.Clamp when mtime.Seconds >= epoch => new FileTime(epoch),
        _ => mtime,
    };

    private static byte TypeOf(EntryKind kind) => kind switch
    {
        EntryKind.Directory => (byte)'5',
        EntryKind.Symlink => (byte)'2',
        EntryKind.CharacterDevice => (byte)'3',
        EntryKind.BlockDevice => (byte)'4',
        _ => (byte)'6',
    };
}
