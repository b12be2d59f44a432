using System.Text;

namespace Oci.Rootfs.Fuzz;

/// <summary>Changes a tar block by block and field by field. Most checksums are right afterwards.</summary>
internal static class TarMutator
{
    private const int Block = 512;

    /// <summary>
    /// The offsets of a header's fields: name, mode, uid, gid, size, mtime, checksum, type, link name, magic, names, device numbers,
    /// prefix, old GNU's map.
    /// </summary>
    private static readonly int[] Fields = [0, 100, 108, 116, 124, 136, 148, 156, 157, 257, 263, 265, 297, 329, 337, 345, 386, 482, 483, 500, 512];

    private static readonly string[] Numbers =
        ["0", "1", "00000000001", "77777777777", "-1", "99999999999", "1000000000000", "", " ", "\0", "37777777777", "00000002000", "+5", "0x10", "\u0080\0\0\0\0\0\0\0\0\0\u0001\0", "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "\u0080\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"];

    private static readonly string[] Names =
        ["..", "../canary/file", "/canary", ".", "./", "/", "", "a/../../b", ".wh.", ".wh..", ".wh...", ".wh..wh..opq", ".wh..wh.plnk/1", "a//b", "link/x", "d", "\u00ff\n", "f\0g", "d/.wh.x/y"];

    public static byte[] Mutate(Random random, byte[] tar)
    {
        List<byte[]> blocks = [.. tar.Chunk(Block).Select(static b => b.ToArray())];
        for (int changes = random.Next(1, 5); changes > 0 && blocks.Count > 0; changes--)
        {
            int at = random.Next(blocks.Count);
            int[] headers = [.. Enumerable.Range(0, blocks.Count).Where(i => IsHeader(blocks[i]))];
            if (headers.Length > 0 && random.Next(4) > 0)
                at = headers[random.Next(headers.Length)];
            switch (random.Next(12))
            {
                case 0:
                    blocks.RemoveAt(at);
                    break;
                case 1:
                    blocks.Insert(at, (byte[])blocks[random.Next(blocks.Count)].Clone());
                    break;
                case 2:
                    (blocks[at], blocks[^1]) = (blocks[^1], blocks[at]);
                    break;
                default:
                    Change(random, blocks[at]);
                    break;
            }
        }
        byte[] mutated = [.. blocks.SelectMany(static b => b)];
        return random.Next(12) == 0 ? mutated[..random.Next(mutated.Length + 1)] : mutated;
    }

    /// <summary>
    /// Changes the content of a random PAX header. Its size field and checksum fit the new content unless the dice decide otherwise.
    /// </summary>
    public static byte[] MutatePax(Random random, byte[] tar)
    {
        int[] headers = [.. Enumerable.Range(0, tar.Length / Block).Select(static i => i * Block).Where(at => tar[at + 156] == 'x' && IsHeader(tar.AsSpan(at, Block)))];
        if (headers.Length == 0)
            return Mutate(random, tar);
        int header = headers[random.Next(headers.Length)];
        int size = Convert.ToInt32(Encoding.ASCII.GetString(tar, header + 124, 11), 8);
        int end = header + Block + (size + Block - 1) / Block * Block;
        byte[] records = PaxMutator.Mutate(random, tar.AsSpan(header + Block, size).ToArray());
        byte[] head = tar.AsSpan(header, Block).ToArray();
        if (random.Next(20) > 0)
            Encoding.ASCII.GetBytes(Convert.ToString(records.Length, 8).PadLeft(11, '0'), head.AsSpan(124));
        FixChecksum(head);
        byte[] mutated = [.. tar[..header], .. head, .. records, .. new byte[(Block - records.Length % Block) % Block], .. tar[end..]];
        return random.Next(4) == 0 ? MutatePax(random, mutated) : mutated;
    }

    private static void Change(Random random, byte[] block)
    {
        bool isHeader = IsHeader(block);
        if (!isHeader || random.Next(4) == 0)
        {
            byte[] changed = ByteMutator.Mutate(random, block, 2);
            changed.AsSpan(0, Math.Min(changed.Length, block.Length)).CopyTo(block);
        }
        else
        {
            ChangeField(random, block);
        }
        if (isHeader && random.Next(20) > 0)
            FixChecksum(block);
    }

    private static void ChangeField(Random random, byte[] header)
    {
        int field = random.Next(Fields.Length - 1);
        Span<byte> room = header.AsSpan(Fields[field], Fields[field + 1] - Fields[field]);
        if (field == 7)
        {
            room[0] = (byte)"01234567LKxXgSVMDNZA\0"[random.Next(21)];
            return;
        }
        bool isName = field is 0 or 8 or 15;
        string[] from = isName ? Names : Numbers;
        byte[] value = Encoding.Latin1.GetBytes(from[random.Next(from.Length)]);
        if (random.Next(3) > 0)
            room.Clear();
        value.AsSpan(0, Math.Min(value.Length, room.Length)).CopyTo(room);
    }

    private static bool IsHeader(ReadOnlySpan<byte> block) => block.Length == Block && block.Slice(148, 6).IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0;

    private static void FixChecksum(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(static b => b), 8).PadLeft(6, '0') + "\0 ", header.AsSpan(148));
    }
}
