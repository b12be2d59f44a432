using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>
/// The records of one PAX extended header (pax(1), "pax Extended Header") that matter for a layer. Of records with one key the last counts
/// (rule 63); an empty value takes the record back (rule 64).
/// </summary>
internal sealed class PaxRecords
{
    public ReadOnlyMemory<byte> Path;
    public ReadOnlyMemory<byte> LinkPath;
    public long? Size;
    public long? Uid;
    public long? Gid;
    public long? DeviceMajor;
    public long? DeviceMinor;
    public FileTime? Mtime;

    /// <summary>Whether there are ACL records. Their content is not read.</summary>
    public bool HasAcl { get; private set; }

    public PaxSparse Sparse { get; } = new();

    public PaxXattrs Xattrs { get; } = new();

    public void Clear()
    {
        Path = LinkPath = default;
        Size = Uid = Gid = DeviceMajor = DeviceMinor = null;
        Mtime = null;
        HasAcl = false;
        Sparse.Clear();
        Xattrs.Clear();
    }

    /// <param name="data">All records. The memory must not change while this object is in use.</param>
    /// <param name="name">The header's own name, for errors.</param>
    public void Parse(ReadOnlyMemory<byte> data, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> all = data.Span;
        for (int at = 0; at < all.Length;)
        {
            int length = RecordLength(all[at..], at, name, out int keyStart);
            ReadOnlySpan<byte> record = all.Slice(at + keyStart, length - keyStart - 1);
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw TarErrors.BadPaxRecord(name, at, "it has no key, or no '='");
            int valueStart = at + keyStart + equals + 1;
            Take(record[..equals], data[valueStart..(at + length - 1)], name);
            at += length;
        }
    }

    private static int RecordLength(ReadOnlySpan<byte> from, int at, ReadOnlySpan<byte> name, out int keyStart)
    {
        int blank = from[..Math.Min(from.Length, 20)].IndexOf((byte)' ');
        if (blank <= 0 || from[0] == '-' || !TarNumber.TryDecimal(from[..blank], out long length))
            throw TarErrors.BadPaxRecord(name, at, "it does not begin with its length");
        keyStart = blank + 1;
        if (length > from.Length)
            throw TarErrors.BadPaxRecord(name, at, "its length goes beyond the header's end");
        if (length <= keyStart || from[(int)length - 1] != '\n')
            throw TarErrors.BadPaxRecord(name, at, "its length does not lead to a newline");
        return (int)length;
    }

    private void Take(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, ReadOnlySpan<byte> name)
    {
        if (key.StartsWith("SCHILY."u8))
            TakeSchily(key, value, name);
        else if (key.StartsWith("LIBARCHIVE.xattr."u8))
            Xattrs.AddLibarchive(key["LIBARCHIVE.xattr.".Length..], value.Span, name);
        else if (key.SequenceEqual("RHT.security.selinux"u8))
            Xattrs.AddSelinux(value.Span, name);
        else if (key.StartsWith("GNU."u8))
            TakeGnu(key, value, name);
        else if (key.SequenceEqual("path"u8))
            Path = WithoutNul(value, name, "path");
        else if (key.SequenceEqual("linkpath"u8))
            LinkPath = WithoutNul(value, name, "linkpath");
        else if (key.SequenceEqual("size"u8))
            Size = Number(value.Span, name, "size");
        else if (key.SequenceEqual("uid"u8))
            Uid = Number(value.Span, name, "uid");
        else if (key.SequenceEqual("gid"u8))
            Gid = Number(value.Span, name, "gid");
        else if (key.SequenceEqual("mtime"u8))
            Mtime = Time(value.Span, name);
    }

    private void TakeSchily(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, ReadOnlySpan<byte> name)
    {
        if (key.StartsWith("SCHILY.xattr."u8))
            Xattrs.AddSchily(key["SCHILY.xattr.".Length..], value.Span, name);
        else if (key.SequenceEqual("SCHILY.devmajor"u8))
            DeviceMajor = Number(value.Span, name, "major device number");
        else if (key.SequenceEqual("SCHILY.devminor"u8))
            DeviceMinor = Number(value.Span, name, "minor device number");
        else if (key.StartsWith("SCHILY.acl."u8))
            HasAcl = true;
    }

    private void TakeGnu(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, ReadOnlySpan<byte> name)
    {
        if (key.StartsWith("GNU.sparse."u8))
            Sparse.Take(key["GNU.sparse.".Length..], value, name);
        else if (key.SequenceEqual("GNU.volume.offset"u8))
            throw TarErrors.MultiVolume(name);
    }

    internal static ReadOnlyMemory<byte> WithoutNul(ReadOnlyMemory<byte> value, ReadOnlySpan<byte> name, string key)
        => value.Span.IndexOf((byte)0) >= 0 ? throw TarErrors.NulInName(name, key) : value;

    internal static long? Number(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name, string what)
    {
        if (value.IsEmpty)
            return null;
        return TarNumber.TryDecimal(value, out long number) ? number : throw TarErrors.BadNumber(name, what, value, "decimal digits");
    }

    private static FileTime? Time(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        if (value.IsEmpty)
            return null;
        return TarNumber.TryTime(value, out FileTime time)
            ? time
            : throw TarErrors.BadNumber(name, "mtime", value, "decimal seconds that fit into 64 bits");
    }
}
