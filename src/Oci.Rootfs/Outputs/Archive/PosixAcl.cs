using System.Buffers.Binary;
using System.Buffers.Text;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// The text form (acl(5), with numeric ids) of a POSIX ACL that the tree has as an attribute. GNU tar, bsdtar and Proxmox read only the
/// text; podman, docker and umoci only the attribute. So the archive has both.
/// </summary>
internal static class PosixAcl
{
    public static ReadOnlySpan<byte> AccessName => "system.posix_acl_access"u8;

    public static ReadOnlySpan<byte> DefaultName => "system.posix_acl_default"u8;

    // include/uapi/linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id, little-endian.
    private const int HeaderBytes = 4;
    private const int EntryBytes = 8;
    private const uint Version = 2;

    // include/uapi/linux/posix_acl.h.
    private const int UserObject = 1, User = 2, GroupObject = 4, Group = 8, Mask = 16, Other = 32;

    /// <summary>The longest entry: a tag, ten digits of an id, permissions, and the comma.</summary>
    private const int MostOfEntry = 24;

    /// <returns>Null for a value that is no valid ACL (acl(5), VALID ACLs).</returns>
    public static byte[]? Text(ReadOnlySpan<byte> value)
    {
        if (value.Length < HeaderBytes + EntryBytes || (value.Length - HeaderBytes) % EntryBytes != 0 || BinaryPrimitives.ReadUInt32LittleEndian(value) != Version)
            return null;
        byte[] text = new byte[value.Length / EntryBytes * MostOfEntry];
        int length = 0, seen = 0, lastTag = 0;
        long lastId = -1;
        for (ReadOnlySpan<byte> rest = value[HeaderBytes..]; !rest.IsEmpty; rest = rest[EntryBytes..])
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            int permissions = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            bool isNamed = tag is User or Group;
            // The kernel keeps entries in the order of their tags, and named ones in the order of their ids.
            if (permissions > 7 || tag < lastTag || (tag == lastTag && (!isNamed || id <= lastId)) || (isNamed && id == uint.MaxValue) || Keyword(tag).IsEmpty)
                return null;
            if (length > 0)
                text[length++] = (byte)',';
            length += Append(text.AsSpan(length), tag, isNamed ? id : null, permissions);
            seen |= tag;
            (lastTag, lastId) = (tag, isNamed ? id : -1);
        }
        const int Required = UserObject | GroupObject | Other;
        bool isValid = (seen & Required) == Required && ((seen & (User | Group)) == 0 || (seen & Mask) != 0);
        return isValid ? text[..length] : null;
    }

    /// <summary>The records of a node's ACLs.</summary>
    public static void AddTo(PaxRecordWriter records, IReadOnlyList<Xattr> xattrs)
    {
        AddTo(records, xattrs, "SCHILY.acl.access"u8, AccessName);
        AddTo(records, xattrs, "SCHILY.acl.default"u8, DefaultName);
    }

    private static void AddTo(PaxRecordWriter records, IReadOnlyList<Xattr> xattrs, ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < xattrs.Count; i++)
        {
            if (name.SequenceEqual(xattrs[i].Name) && Text(xattrs[i].Value) is { } text)
                records.Add(keyword, text);
        }
    }

    private static int Append(Span<byte> text, int tag, uint? id, int permissions)
    {
        ReadOnlySpan<byte> keyword = Keyword(tag);
        keyword.CopyTo(text);
        int length = keyword.Length;
        if (id is { } number)
        {
            _ = Utf8Formatter.TryFormat(number, text[length..], out int digits);
            length += digits;
        }
        text[length++] = (byte)':';
        text[length++] = (permissions & 4) != 0 ? (byte)'r' : (byte)'-';
        text[length++] = (permissions & 2) != 0 ? (byte)'w' : (byte)'-';
        text[length++] = (permissions & 1) != 0 ? (byte)'x' : (byte)'-';
        return length;
    }

    private static ReadOnlySpan<byte> Keyword(int tag) => tag switch
    {
        UserObject or User => "user:"u8,
        GroupObject or Group => "group:"u8,
        Mask => "mask:"u8,
        Other => "other:"u8,
        _ => [],
    };
}
