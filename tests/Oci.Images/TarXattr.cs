namespace Oci.Images;

public enum TarXattrForm
{
    /// <summary><c>SCHILY.xattr.NAME</c>: raw bytes.</summary>
    Schily,

    /// <summary><c>LIBARCHIVE.xattr.NAME</c>: the name URL-encoded, the value in base64 without padding.</summary>
    Libarchive,
}

/// <summary>An extended attribute of an entry, written as a PAX record.</summary>
public sealed record TarXattr(TarText Name, TarText Value, TarXattrForm Form = TarXattrForm.Schily)
{
    internal TarRecord ToRecord() => Form == TarXattrForm.Schily
        ? TarRecord.Of(new TarText([.. "SCHILY.xattr."u8, .. Name.Bytes]), Value)
        : TarRecord.Of("LIBARCHIVE.xattr." + UrlEncoded(Name.Bytes), Convert.ToBase64String(Value.Bytes).TrimEnd('='));

    private static string UrlEncoded(byte[] name)
        => string.Concat(name.Select(static b => b is > 32 and < 127 and not (byte)'%' and not (byte)'=' ? ((char)b).ToString() : $"%{b:X2}"));
}
