using System.Globalization;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>Errors of a tar archive (OCI4001-4049), oddities of one (OCI4051-4099), and the reader's limits (OCI4201-4209).</summary>
internal static class TarErrors
{
    /// <summary>Warning (rule 62): PAX global headers are ignored.</summary>
    public const string GlobalHeader = "OCI4051";

    /// <summary>Warning: SCHILY.acl records are ignored.</summary>
    public const string AclRecord = "OCI4052";

    /// <summary>Warning (rule 74): data after a lone zero block is not read.</summary>
    public const string DataAfterEnd = "OCI4053";

    public static OciException NotAHeader(long position) => new("OCI4001", $"The block {At(position)} is not a tar header", isDamage: true)
    {
        Expected = "a header, zeros or the end of the archive",
        Hint = "The archive is damaged, or an entry before holds more data than its header says.",
    };

    public static OciException WrongChecksum(ReadOnlySpan<byte> name, long position, long stored, int computed)
        => new("OCI4002", $"The checksum of the tar header {At(position)} is wrong", isDamage: true)
        {
            Entry = SafeText.Show(name),
            Expected = Convert.ToString(computed, 8),
            Found = stored < 0 ? Number(stored) : Convert.ToString(stored, 8),
            Hint = "The archive is damaged, or an entry before holds more data than its header says.",
        };

    public static OciException Truncated(ReadOnlySpan<byte> name, string what, long expectedBytes, long foundBytes)
        => new("OCI4003", $"The archive ends in the middle of {what}", isDamage: true)
        {
            Entry = Shown(name),
            Expected = $"{Number(expectedBytes)} bytes",
            Found = $"{Number(foundBytes)} bytes",
            Hint = "The archive is incomplete: fetch or build the image again.",
        };

    public static OciException BadNumber(ReadOnlySpan<byte> name, string what, ReadOnlySpan<byte> value, string expected)
        => new("OCI4004", $"The {what} of a tar entry is not a number that can be read", isDamage: true)
        {
            Entry = Shown(name),
            Expected = expected,
            Found = $"'{SafeText.Show(value)}'",
        };

    public static OciException NegativeSize(ReadOnlySpan<byte> name, long size) => new("OCI4005", "A tar entry has a negative size", isDamage: true)
    {
        Entry = Shown(name),
        Expected = "0 or more bytes",
        Found = Number(size),
    };

    public static OciException OwnerOutOfRange(ReadOnlySpan<byte> name, string what, long id)
        => new("OCI4006", $"The {what} of a tar entry is not one that Linux can have", isDamage: true)
        {
            Entry = Shown(name),
            Expected = "0 to 4294967294",
            Found = Number(id),
        };

    public static OciException DeviceOutOfRange(ReadOnlySpan<byte> name, string what, long number)
        => new("OCI4007", $"The {what} device number of a tar entry does not fit into 32 bits", isDamage: true)
        {
            Entry = Shown(name),
            Expected = "0 to 4294967295",
            Found = Number(number),
        };

    public static OciException UnsupportedType(ReadOnlySpan<byte> name, byte type)
        => new("OCI4008", "A tar entry is of a type that a layer can't have", isDamage: true)
        {
            Entry = Shown(name),
            Expected = "a file, directory, link, device or FIFO",
            Found = $"type '{SafeText.Show([type])}'{Meaning(type)}",
        };

    public static OciException EmptyName(long position) => new("OCI4009", $"The tar entry {At(position)} has no name", isDamage: true);

    public static OciException NulInName(ReadOnlySpan<byte> name, string key)
        => new("OCI4010", $"The PAX record '{key}' of a tar entry has a NUL in it", isDamage: true)
        {
            Entry = Shown(name),
        };

    public static OciException BadPaxRecord(ReadOnlySpan<byte> name, int offset, string problem)
        => new("OCI4011", $"The PAX record at byte {Number(offset)} of the header before a tar entry is wrong: {problem}", isDamage: true)
        {
            Entry = Shown(name),
            Expected = "'length key=value' and a newline",
        };

    public static OciException HeaderWithoutEntry() => new("OCI4012", "The archive ends after a PAX or GNU long-name header", isDamage: true)
    {
        Expected = "the entry that the header describes",
        Found = "the end of the archive",
    };

    public static OciException BadSparseMap(ReadOnlySpan<byte> name, string expected, string found)
        => new("OCI4013", "The sparse map of a tar entry is wrong", isDamage: true)
        {
            Entry = Shown(name),
            Expected = expected,
            Found = found,
        };

    public static OciException UnknownSparseFormat(ReadOnlySpan<byte> name, string found)
        => new("OCI4014", "A tar entry is sparse in a format that is not known", isDamage: true)
        {
            Entry = Shown(name),
            Expected = "GNU's old format or PAX sparse format 0.0, 0.1 or 1.0, complete",
            Found = found,
        };

    public static OciException BadXattr(ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, string problem)
        => new("OCI4015", "An extended attribute of a tar entry can't be read", isDamage: true)
        {
            Entry = Shown(name),
            Found = $"'{SafeText.Show(key)}', {problem}",
        };

    public static OciException MultiVolume(ReadOnlySpan<byte> name)
        => new("OCI4016", "A tar entry is only a part of a file, continued from another volume", isDamage: true)
        {
            Entry = Shown(name),
            Hint = "Layers are single archives: build the image without tar's --multi-volume.",
        };

    public static OciException HeadersTooLong(ReadOnlySpan<byte> name, long size, int limit) => LimitErrors.Exceeded(
        nameof(RootfsLimits.MaxTarHeaderBytes), "PAX records, long names and sparse map of one tar entry are too long", limit, Number(size), Shown(name));

    /// <summary>The tar reader cuts numbers that don't fit when it reads them (TarNumber).</summary>
    public static OciException FileTooLarge(ReadOnlySpan<byte> name, long size, long limit) => LimitErrors.Exceeded(
        nameof(RootfsLimits.MaxFileBytes), "A file is too large", limit, size == long.MaxValue ? "a size beyond 63 bits" : Number(size), Shown(name));

    private static string? Shown(ReadOnlySpan<byte> name) => name.IsEmpty ? null : SafeText.Show(name);

    private static string At(long position) => $"at byte {Number(position)}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Meaning(byte type) => (char)type switch
    {
        'A' => " (Solaris ACL)",
        'D' => " (GNU directory dump)",
        'E' => " (Solaris extended attributes)",
        'I' => " (inode metadata)",
        'M' => " (continuation of a file from another volume)",
        'N' => " (old GNU long name)",
        'S' => " (sparse file outside GNU's format)",
        'V' => " (volume label)",
        'Z' => " (compressed file)",
        _ => "",
    };
}
