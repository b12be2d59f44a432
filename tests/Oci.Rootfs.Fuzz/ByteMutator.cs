namespace Oci.Rootfs.Fuzz;

/// <summary>Changes to bytes of any kind.</summary>
internal static class ByteMutator
{
    private static readonly byte[][] Favourites =
    [
        [0], [0xff], [0x80], [0x7f], "/"u8.ToArray(), "../"u8.ToArray(), "-"u8.ToArray(), "9"u8.ToArray(), "\n"u8.ToArray(), "="u8.ToArray(), " "u8.ToArray(),
        "77777777777"u8.ToArray(), "99999999999999999999"u8.ToArray(), "-1"u8.ToArray(), "%s"u8.ToArray(), ".wh."u8.ToArray(), "\0\0\0\0"u8.ToArray(),
        [0x1f, 0x8b, 8], [0x28, 0xb5, 0x2f, 0xfd], [0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0, 0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ];

    public static byte[] Mutate(Random random, byte[] data, int most = 4)
    {
        for (int changes = random.Next(1, most + 1); changes > 0; changes--)
            data = Once(random, data);
        return data;
    }

    private static byte[] Once(Random random, byte[] data)
    {
        if (data.Length == 0)
            return [(byte)random.Next(256)];
        int at = random.Next(data.Length);
        int length = Math.Min(data.Length - at, random.Next(4) switch { 0 => 1, 1 => random.Next(1, 9), 2 => random.Next(1, 513), _ => random.Next(1, data.Length + 1) });
        byte[] copy = (byte[])data.Clone();
        switch (random.Next(10))
        {
            case 0:
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            case 1:
                copy[at] = (byte)random.Next(256);
                return copy;
            case 2:
                return data[..at];
            case 3:
                return [.. data[..at], .. data[(at + length)..]];
            case 4:
                return [.. data[..(at + length)], .. data[at..]];
            case 5:
                random.NextBytes(copy.AsSpan(at, Math.Min(length, 16)));
                return copy;
            case 6:
                byte[] elsewhere = data[random.Next(data.Length)..];
                elsewhere.AsSpan(0, Math.Min(elsewhere.Length, length)).CopyTo(copy.AsSpan(at));
                return copy;
            default:
                return Overwrite(copy, at, Favourites[random.Next(Favourites.Length)], random.Next(4) == 0);
        }
    }

    private static byte[] Overwrite(byte[] data, int at, byte[] with, bool insert)
    {
        if (insert)
            return [.. data[..at], .. with, .. data[at..]];
        with.AsSpan(0, Math.Min(with.Length, data.Length - at)).CopyTo(data.AsSpan(at));
        return data;
    }
}
