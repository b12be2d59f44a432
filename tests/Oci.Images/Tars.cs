namespace Oci.Images;

/// <summary>
/// The words for building tars in tests:
/// <code>Tars.Of(Tars.Dir("etc"), Tars.File("etc/hostname", "box\n", mode: "0600"), Tars.Symlink("lib", "usr/lib"))</code>
/// <c>with</c> adds whatever should be wrong with the archive: <c>Tars.File("a", "x") with { ForgedChecksum = 1 }</c>.
/// </summary>
public static class Tars
{
    public static byte[] Of(params IEnumerable<TarPart> parts)
    {
        using MemoryStream output = new();
        Write(output, parts);
        return output.ToArray();
    }

    /// <summary>
    /// Streams: it asks for parts, and makes generated content, only while writing. Two end blocks follow unless a <see cref="TarEnd"/>
    /// came.
    /// </summary>
    public static void Write(Stream output, IEnumerable<TarPart> parts)
    {
        bool ended = false;
        foreach (TarPart part in parts)
        {
            part.WriteTo(output);
            ended |= part is TarEnd;
        }
        if (!ended)
            End().WriteTo(output);
    }

    public static TarItem File(TarText name, TarContent? content = null, Octal? mode = null, long uid = 0, long gid = 0, long mtime = 0)
        => new() { Name = name, Content = content ?? Array.Empty<byte>(), Mode = mode ?? "0644", Uid = uid, Gid = gid, Mtime = mtime };

    /// <summary>The name gets a slash at its end if it lacks one.</summary>
    public static TarItem Dir(TarText name, Octal? mode = null, long uid = 0, long gid = 0, long mtime = 0)
        => new() { Name = name.Bytes is [.., (byte)'/'] ? name : new TarText([.. name.Bytes, (byte)'/']), Type = '5', Mode = mode ?? "0755", Uid = uid, Gid = gid, Mtime = mtime };

    public static TarItem Symlink(TarText name, TarText target, long uid = 0, long gid = 0, long mtime = 0)
        => new() { Name = name, Type = '2', LinkName = target, Mode = "0777", Uid = uid, Gid = gid, Mtime = mtime };

    public static TarItem Hardlink(TarText name, TarText target, Octal? mode = null, long uid = 0, long gid = 0, long mtime = 0)
        => new() { Name = name, Type = '1', LinkName = target, Mode = mode ?? "0644", Uid = uid, Gid = gid, Mtime = mtime };

    public static TarItem CharDevice(TarText name, long major, long minor, Octal? mode = null)
        => new() { Name = name, Type = '3', DeviceMajor = major, DeviceMinor = minor, Mode = mode ?? "0600" };

    public static TarItem BlockDevice(TarText name, long major, long minor, Octal? mode = null)
        => new() { Name = name, Type = '4', DeviceMajor = major, DeviceMinor = minor, Mode = mode ?? "0600" };

    public static TarItem Fifo(TarText name, Octal? mode = null) => new() { Name = name, Type = '6', Mode = mode ?? "0644" };

    public static TarItem Sparse(TarText name, TarSparseForm form, long realSize, params (long Offset, TarContent Data)[] extents) => new()
    {
        Name = name,
        Format = form == TarSparseForm.OldGnu ? TarFormat.Gnu : TarFormat.Pax,
        Sparse = new TarSparse(form, realSize, [.. extents.Select(static e => new TarExtent(e.Offset, e.Data))]),
    };

    /// <summary>The marker that hides a path of lower layers: <c>a/b</c> becomes <c>a/.wh.b</c>.</summary>
    public static TarItem Whiteout(TarText path)
    {
        int name = path.Bytes.AsSpan().LastIndexOf((byte)'/') + 1;
        return File(new TarText([.. path.Bytes[..name], .. ".wh."u8, .. path.Bytes[name..]]));
    }

    /// <summary>The marker that empties a directory of lower layers; <c>""</c> is the root.</summary>
    public static TarItem Opaque(TarText directory)
        => File(new TarText([.. directory.Bytes, .. directory.Length == 0 || directory.Bytes[^1] == '/' ? ""u8 : "/"u8, .. ".wh..wh..opq"u8]));

    public static TarXattr Xattr(TarText name, TarText value, TarXattrForm form = TarXattrForm.Schily) => new(name, value, form);

    public static TarRecord Record(TarText key, TarText value) => TarRecord.Of(key, value);

    /// <summary>A PAX header by itself, for records that an item's own <see cref="TarItem.Pax"/> can't have.</summary>
    public static TarItem PaxHeader(params TarRecord[] records)
        => new() { Name = "PaxHeaders/x", Type = 'x', Content = records.SelectMany(static r => r.Bytes).ToArray() };

    public static TarItem GlobalHeader(params TarRecord[] records)
        => new() { Name = "GlobalHead", Type = 'g', Content = records.SelectMany(static r => r.Bytes).ToArray() };

    /// <summary>GNU's <c>L</c> header: the name of the next entry, NUL-terminated.</summary>
    public static TarItem LongName(TarText name) => Long('L', name);

    /// <summary>GNU's <c>K</c> header: the link name of the next entry, NUL-terminated.</summary>
    public static TarItem LongLink(TarText name) => Long('K', name);

    public static TarRaw Raw(TarText bytes) => new(bytes.Bytes);

    public static TarRaw Garbage(int bytes, byte value = 0xa5) => new([.. Enumerable.Repeat(value, bytes)]);

    public static TarEnd End(int blocks = 2) => new(blocks);

    private static TarItem Long(char type, TarText name)
        => new() { Name = "././@LongLink", Type = type, Format = TarFormat.Gnu, Mode = "0000", Content = new TarText([.. name.Bytes, 0]) };
}
