using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>Builds an entry from a header and its helpers. PAX wins over GNU, and GNU over the header itself.</summary>
internal sealed class TarEntryBuilder
{
    private readonly byte[] _prefixed = new byte[155 + 1 + 100];

    /// <summary>Builds the entry. Its names then point into the header's block or into the helpers' memory.</summary>
    public void Build(TarEntry entry, in TarHeader header, ReadOnlyMemory<byte> block, TarHelpers helpers)
    {
        PaxRecords pax = helpers.Pax;
        entry.Name = Name(header, block, helpers);
        ReadOnlySpan<byte> name = entry.Name.Span;
        entry.Kind = Kind(header, name);
        ReadOnlyMemory<byte> linkName = helpers.LinkName;
        entry.LinkName = entry.Kind is not (EntryKind.Symlink or EntryKind.Hardlink) ? default
            : linkName.IsEmpty ? block.Slice(157, header.LinkName.Length) : linkName;
        entry.Mode = (uint)Field(header.Mode, name, "mode") & 0xfff;
        entry.Uid = Owner(pax.Uid ?? Field(header.Uid, name, "uid"), name, "uid");
        entry.Gid = Owner(pax.Gid ?? Field(header.Gid, name, "gid"), name, "gid");
        entry.Mtime = pax.Mtime ?? Time(header.Mtime, name);
        (entry.DeviceMajor, entry.DeviceMinor) = (0, 0);
        if (entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice)
            SetDevice(entry, header, pax);
        entry.Xattrs = pax.Xattrs.Distinct();
    }

    /// <summary>The number of bytes that are stored after a header. The caller decides whether a PAX record may set it (rule 66).</summary>
    public static long Size(in TarHeader header, long? paxSize, ReadOnlySpan<byte> name)
    {
        long size = paxSize ?? Field(header.Length, name, "size");
        return size >= 0 ? size : throw TarErrors.NegativeSize(name, size);
    }

    private ReadOnlyMemory<byte> Name(in TarHeader header, ReadOnlyMemory<byte> block, TarHelpers helpers)
    {
        PaxSparse sparse = helpers.Pax.Sparse;
        if (sparse.Any && !sparse.Name.IsEmpty && IsPlainFile(header.Type))
            return sparse.Name;
        ReadOnlyMemory<byte> longName = helpers.Name;
        if (!longName.IsEmpty)
            return longName;
        ReadOnlySpan<byte> prefix = header.Prefix;
        ReadOnlySpan<byte> name = header.Name;
        if (prefix.IsEmpty)
            return block[..name.Length];
        prefix.CopyTo(_prefixed);
        _prefixed[prefix.Length] = (byte)'/';
        name.CopyTo(_prefixed.AsSpan(prefix.Length + 1));
        return _prefixed.AsMemory(0, prefix.Length + 1 + name.Length);
    }

    internal static bool IsPlainFile(byte type) => type is (byte)'0' or 0 or (byte)'7';

    private static EntryKind Kind(in TarHeader header, ReadOnlySpan<byte> name) => header.Type switch
    {
        // Rule 45: before tar had a type for directories, only a slash at the end marked one.
        (byte)'0' or 0 or (byte)'7' when header.Format == TarHeaderFormat.V7 && name is [.., (byte)'/'] => EntryKind.Directory,
        (byte)'0' or 0 or (byte)'7' => EntryKind.File,
        (byte)'1' => EntryKind.Hardlink,
        (byte)'2' => EntryKind.Symlink,
        (byte)'3' => EntryKind.CharacterDevice,
        (byte)'4' => EntryKind.BlockDevice,
        (byte)'5' => EntryKind.Directory,
        (byte)'6' => EntryKind.Fifo,
        (byte)'S' when header.Format == TarHeaderFormat.Gnu => EntryKind.File,
        byte type => throw TarErrors.UnsupportedType(name, type),
    };

    /// <summary>
    /// Sets the device of a device entry only: in other entries, and in V7 headers, these fields may hold random memory of the writer.
    /// </summary>
    private static void SetDevice(TarEntry entry, in TarHeader header, PaxRecords pax)
    {
        ReadOnlySpan<byte> name = entry.Name.Span;
        bool hasFields = header.Format != TarHeaderFormat.V7;
        entry.DeviceMajor = Device(pax.DeviceMajor ?? (hasFields ? Field(header.DeviceMajor, name, "major device number") : 0), name, "major");
        entry.DeviceMinor = Device(pax.DeviceMinor ?? (hasFields ? Field(header.DeviceMinor, name, "minor device number") : 0), name, "minor");
    }

    /// <summary>Checks an owner. Rule 67: 2^32 - 1 means "leave it" to chown(2).</summary>
    private static uint Owner(long id, ReadOnlySpan<byte> name, string what)
        => id is >= 0 and < uint.MaxValue ? (uint)id : throw TarErrors.OwnerOutOfRange(name, what, id);

    private static uint Device(long number, ReadOnlySpan<byte> name, string what)
        => number is >= 0 and <= uint.MaxValue ? (uint)number : throw TarErrors.DeviceOutOfRange(name, what, number);

    private static FileTime Time(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name)
    {
        long seconds = Field(field, name, "mtime");
        return TarNumber.IsCut(seconds) ? throw TarErrors.BadNumber(name, "mtime", field, "seconds that fit into 64 bits") : new FileTime(seconds);
    }

    internal static long Field(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name, string what)
        => TarNumber.TryField(field, out long value) ? value : throw TarErrors.BadNumber(name, what, field, "octal digits or base-256");
}
