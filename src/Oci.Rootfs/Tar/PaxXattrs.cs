using System.Buffers;
using System.Buffers.Text;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tar;

/// <summary>
/// The extended attributes of one PAX header (rules 68 and 69). An empty value means an attribute with an empty value: it does not take a
/// record back.
/// </summary>
internal sealed class PaxXattrs
{
    private List<Found>? _found;

    /// <summary>If several writers set one attribute, the highest one's value counts.</summary>
    private enum Writer : byte
    {
        RedHat,
        Libarchive,
        Schily,
    }

    private readonly record struct Found(Xattr Xattr, Writer Writer, int Order);

    public void Clear() => _found = null;

    public void AddSchily(ReadOnlySpan<byte> xattr, ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
        => Add(xattr.ToArray(), value.ToArray(), Writer.Schily, name);

    /// <summary>
    /// Takes the record that GNU tar writes with --selinux: the context without the NUL at its end. An empty value takes the record back
    /// (rule 64).
    /// </summary>
    public void AddSelinux(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        if (!value.IsEmpty)
            Add("security.selinux"u8.ToArray(), value.ToArray(), Writer.RedHat, name);
    }

    public void AddLibarchive(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> base64, ReadOnlySpan<byte> name)
    {
        if (!TryUrlDecode(encoded, out byte[] xattr))
            throw TarErrors.BadXattr(name, encoded, "whose name is not URL-encoded");
        if (!TryBase64(base64, out byte[] value))
            throw TarErrors.BadXattr(name, encoded, "whose value is not base64");
        Add(xattr, value, Writer.Libarchive, name);
    }

    /// <summary>
    /// Returns the attributes sorted by name, each name once: SCHILY wins over LIBARCHIVE, LIBARCHIVE over RHT, and the last record over
    /// earlier ones.
    /// </summary>
    public IReadOnlyList<Xattr> Distinct()
    {
        if (_found is null)
            return [];
        if (_found.Count == 1)
            return [_found[0].Xattr];
        // The attacker chooses the number of attributes, so they are sorted instead of searched.
        _found.Sort(static (a, b) => Compare(a, b));
        List<Xattr> distinct = new(_found.Count);
        for (int i = 0; i < _found.Count; i++)
        {
            if (i + 1 == _found.Count || !_found[i].Xattr.Name.AsSpan().SequenceEqual(_found[i + 1].Xattr.Name))
                distinct.Add(_found[i].Xattr);
        }
        return distinct;
    }

    private void Add(byte[] xattr, byte[] value, Writer writer, ReadOnlySpan<byte> name)
    {
        if (xattr.Length == 0 || xattr.AsSpan().IndexOf((byte)0) >= 0)
            throw TarErrors.BadXattr(name, xattr, "which is no name of an attribute");
        _found ??= [];
        _found.Add(new Found(new Xattr(xattr, value), writer, _found.Count));
    }

    private static int Compare(in Found a, in Found b)
    {
        int order = a.Xattr.Name.AsSpan().SequenceCompareTo(b.Xattr.Name);
        if (order == 0)
            order = a.Writer.CompareTo(b.Writer);
        return order != 0 ? order : a.Order.CompareTo(b.Order);
    }

    private static bool TryUrlDecode(ReadOnlySpan<byte> encoded, out byte[] decoded)
    {
        decoded = encoded.ToArray();
        int length = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            decoded[length] = encoded[i];
            if (encoded[i] == '%')
            {
                if (encoded.Length - i < 3
                    || Convert.FromHexString(encoded.Slice(i + 1, 2), decoded.AsSpan(length, 1), out _, out _) != OperationStatus.Done)
                    return false;
                i += 2;
            }
            length++;
        }
        Array.Resize(ref decoded, length);
        return true;
    }

    /// <summary>Decodes base64 with or without padding: libarchive writes none.</summary>
    private static bool TryBase64(ReadOnlySpan<byte> text, out byte[] value)
    {
        text = text.TrimEnd((byte)'=');
        value = [];
        byte[] padded = new byte[(text.Length + 3) / 4 * 4];
        padded.AsSpan().Fill((byte)'=');
        text.CopyTo(padded);
        if (text.Length % 4 == 1 || text.ContainsAny(" \t\r\n"u8))
            return false;
        byte[] decoded = new byte[padded.Length / 4 * 3];
        if (Base64.DecodeFromUtf8(padded, decoded, out _, out int written) != OperationStatus.Done)
            return false;
        value = decoded[..written];
        return true;
    }
}
