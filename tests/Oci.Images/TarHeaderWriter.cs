using System.Text;

namespace Oci.Images;

/// <summary>Fills the 512 bytes of a header.</summary>
internal static class TarHeaderWriter
{
    public static byte[] Header(TarItem item)
    {
        byte[] header = new byte[512];
        PutName(header, item);
        item.LinkName.Bytes.AsSpan(0, Math.Min(100, item.LinkName.Length)).CopyTo(header.AsSpan(157));
        if (item.LinkName.Length > 100 && item.Format is TarFormat.Ustar or TarFormat.V7)
            throw new ArgumentException($"The link name {item.LinkName} does not fit into {item.Format}.");
        PutNumber(header.AsSpan(100, 8), item.Mode.Value, item.Format);
        PutNumber(header.AsSpan(108, 8), item.Uid, item.Format);
        PutNumber(header.AsSpan(116, 8), item.Gid, item.Format);
        PutNumber(header.AsSpan(124, 12), item.ForgedSize ?? item.StoredLength, item.Format);
        PutNumber(header.AsSpan(136, 12), item.Mtime, item.Format);
        header[156] = item.Type == '0' && item.Sparse?.Form == TarSparseForm.OldGnu ? (byte)'S' : (byte)item.Type;
        if (item.Format == TarFormat.V7)
            return header;
        (item.Format == TarFormat.Gnu ? "ustar  \0"u8 : "ustar\000"u8).CopyTo(header.AsSpan(257));
        item.UserName.Bytes.CopyTo(header.AsSpan(265, 32));
        item.GroupName.Bytes.CopyTo(header.AsSpan(297, 32));
        PutNumber(header.AsSpan(329, 8), item.DeviceMajor, item.Format);
        PutNumber(header.AsSpan(337, 8), item.DeviceMinor, item.Format);
        return header;
    }

    public static void Finish(TarItem item, byte[] header)
    {
        foreach ((int offset, byte[] bytes) in item.Patches)
            bytes.CopyTo(header.AsSpan(offset));
        header.AsSpan(148, 8).Fill((byte)' ');
        int checksum = item.ForgedChecksum ?? header.Sum(static b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(checksum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header.AsSpan(148));
    }

    /// <summary>
    /// Octal and a NUL. A value that does not fit becomes base-256 in GNU's format, 0 in PAX's (a record has it), an error in the others.
    /// </summary>
    public static void PutNumber(Span<byte> field, long value, TarFormat format)
    {
        int digits = field.Length - 1;
        if (value >= 0 && (digits * 3 >= 63 || value >> (digits * 3) == 0))
        {
            Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(digits, '0'), field);
            return;
        }
        if (format is TarFormat.Ustar or TarFormat.V7)
            throw new ArgumentException($"The number {value} does not fit into {format}.");
        if (format == TarFormat.Pax)
            value = 0;
        for (int i = field.Length - 1; i >= 0; i--, value >>= 8)
            field[i] = (byte)value;
        if (format == TarFormat.Gnu)
            field[0] |= 0x80;
        else
            field.Fill((byte)'0');
    }


    private static void PutName(byte[] header, TarItem item)
    {
        ReadOnlySpan<byte> name = item.Name.Bytes;
        if (item.Format == TarFormat.Ustar && name.Length > 100)
        {
            int slash = name.Length - 101 + name[(name.Length - 101)..].IndexOf((byte)'/');
            if (slash is <= 0 or > 155 || slash < name.Length - 101)
                throw new ArgumentException($"The name {item.Name} can't be split for ustar.");
            name[..slash].CopyTo(header.AsSpan(345));
            name = name[(slash + 1)..];
        }
        else if (item.Format == TarFormat.V7 && name.Length > 100)
        {
            throw new ArgumentException($"The name {item.Name} does not fit into V7.");
        }
        name[..Math.Min(100, name.Length)].CopyTo(header);
    }
}
