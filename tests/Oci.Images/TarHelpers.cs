using System.Globalization;

namespace Oci.Images;

/// <summary>The headers before an entry's own: PAX records, GNU long names.</summary>
internal static class TarHelpers
{
    public static IEnumerable<TarItem> Of(TarItem item)
    {
        if (item.Type is 'x' or 'g' or 'L' or 'K')
            yield break;
        List<TarRecord> records = [.. Records(item), .. item.Pax];
        if (records.Count > 0)
            yield return Tars.PaxHeader([.. records]);
        if (item.Format == TarFormat.Gnu && item.LinkName.Length > 100)
            yield return Tars.LongLink(item.LinkName);
        if (item.Format == TarFormat.Gnu && item.Name.Length > 100)
            yield return Tars.LongName(item.Name);
    }

    private static IEnumerable<TarRecord> Records(TarItem item)
    {
        if (item.Format == TarFormat.Pax)
        {
            if (item.Name.Length > 100)
                yield return ("path", item.Name);
            if (item.LinkName.Length > 100)
                yield return ("linkpath", item.LinkName);
            if (item.Uid > 0x1fffff)
                yield return ("uid", Text(item.Uid));
            if (item.Gid > 0x1fffff)
                yield return ("gid", Text(item.Gid));
            if (item.Mtime is < 0 or > 0x1_ffff_ffff || item.Nanoseconds != 0)
                yield return ("mtime", Time(item.Mtime, item.Nanoseconds));
            if ((item.ForgedSize ?? item.StoredLength) is < 0 or > 0x1_ffff_ffff)
                yield return ("size", Text(item.ForgedSize ?? item.StoredLength));
        }
        foreach (TarRecord record in item.Sparse?.Records(item.Name) ?? [])
            yield return record;
        foreach (TarXattr xattr in item.Xattrs)
            yield return xattr.ToRecord();
    }

    /// <summary>
    /// Writes a negative time as a negative decimal number, as PAX does: one and a half seconds before the epoch is -1.5.
    /// </summary>
    private static string Time(long seconds, int nanoseconds)
    {
        string sign = "";
        if (seconds < 0 && nanoseconds > 0)
            (sign, seconds, nanoseconds) = ("-", -(seconds + 1), 1_000_000_000 - nanoseconds);
        string fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return sign + Text(seconds) + fraction;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
