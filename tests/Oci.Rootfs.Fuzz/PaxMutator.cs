using System.Globalization;
using System.Text;

namespace Oci.Rootfs.Fuzz;

/// <summary>Changes to the records of a PAX header.</summary>
internal static class PaxMutator
{
    private static readonly string[] Keys =
    [
        "path", "linkpath", "size", "uid", "gid", "mtime", "atime", "SCHILY.xattr.user.a", "SCHILY.xattr.trusted.b", "SCHILY.xattr.security.capability",
        "SCHILY.xattr.", "SCHILY.acl.access", "LIBARCHIVE.xattr.user.c", "LIBARCHIVE.xattr.%zz", "SCHILY.devmajor", "SCHILY.devminor", "SCHILY.realsize",
        "SCHILY.xattr.system.posix_acl_access", "SCHILY.xattr.user.overlay.x", "SCHILY.xattr.nonsense", "hdrcharset", "comment", "", "a=b", "RHT.security.selinux",
        "GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.name", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.numblocks", "GNU.sparse.map",
        "GNU.sparse.offset", "GNU.sparse.numbytes",
    ];

    private static readonly string[] Values =
    [
        "", "0", "1", "-1", "512", "4294967295", "4294967294", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1.5", "-1.999999999",
        "1e9", "999999999999999999999999", "1.", ".5", "../canary/file", "/canary", "..", "a/b/../c", "a", "link/x", ".wh.a", ".wh..wh..opq", "x\0y", "\u00ff\u00fe",
        "0,1,2,3", "0,512,512,512", "5,4,3,2,1,0", "0,9223372036854775807", "9223372036854775807,1", ",,,", "1,", "0,0,0,0,0,0", "==", "AQAAAg==", "\n", "12 path=x\n",
        "\u0001\0\0\u0002\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0", "\u0002\0\0\0\u0001\0\u0006\0\u00ff\u00ff\u00ff\u00ff",
    ];

    public static byte[] Mutate(Random random, byte[] records)
    {
        if (random.Next(4) == 0)
            return ByteMutator.Mutate(random, records, 3);
        List<byte[]> all = Split(records);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(all.Count + 1);
            int action = random.Next(6);
            if (action == 0 && at < all.Count)
                all.RemoveAt(at);
            else if (action == 1 && at < all.Count)
                all.Insert(at, all[random.Next(all.Count)]);
            else if (action == 2 && at < all.Count)
                all[at] = ByteMutator.Mutate(random, all[at], 2);
            else
                all.Insert(at, Record(Pick(random, Keys), random.Next(8) == 0 ? new string('7', random.Next(1, 3000)) : Pick(random, Values)));
        }
        return [.. all.SelectMany(static r => r)];
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    private static List<byte[]> Split(byte[] records)
    {
        List<byte[]> all = [];
        for (int at = 0; at < records.Length;)
        {
            int blank = Array.IndexOf(records, (byte)' ', at);
            bool isLength = blank > at && blank < at + 6;
            int length = isLength && int.TryParse(Encoding.ASCII.GetString(records, at, blank - at), NumberStyles.None, CultureInfo.InvariantCulture, out int found) ? found : records.Length - at;
            length = Math.Clamp(length, 1, records.Length - at);
            all.Add(records[at..(at + length)]);
            at += length;
        }
        return all;
    }

    private static byte[] Record(string key, string value)
    {
        byte[] tail = Encoding.Latin1.GetBytes($" {key}={value}\n");
        int length = tail.Length + 1;
        while (length.ToString(CultureInfo.InvariantCulture).Length + tail.Length != length)
            length++;
        return [.. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), .. tail];
    }
}
