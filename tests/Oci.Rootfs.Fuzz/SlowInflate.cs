namespace Oci.Rootfs.Fuzz;

/// <summary>
/// RFC 1951, bit by bit, as the reference for both decoders of gzip. It reads on after an incomplete set of codes, and remembers it.
/// </summary>
internal sealed class SlowInflate(byte[] data, int start)
{
    private const int MostBits = 15, MostOutput = 4 << 20;

    private static readonly byte[] CodeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly List<byte> _output = [];
    private int _bit = start * 8;

    /// <summary>
    /// True if a set of codes leaves some sequences of bits without a meaning. The RFC allows that only for a single code of one bit.
    /// </summary>
    public bool HasIncompleteCodes { get; private set; }

    public byte[] Output => [.. _output];

    /// <summary>The offset of the byte after the last block.</summary>
    public int End => (_bit + 7) / 8;

    /// <returns>False for data that is damaged, too long or cut.</returns>
    public bool Run()
    {
        try
        {
            bool last;
            do
            {
                last = Bits(1) == 1;
                bool good = Bits(2) switch { 0 => Stored(), 1 => Block(new Codes(FixedLengths()), new Codes([.. Enumerable.Repeat((byte)5, 30)])), 2 => Dynamic(), _ => false };
                if (!good || _output.Count > MostOutput)
                    return false;
            }
            while (!last);
            return true;
        }
        catch (EndOfStreamException)
        {
            return false;
        }
    }

    private bool Stored()
    {
        _bit = End * 8;
        int length = Bits(16), not = Bits(16);
        if (length != (~not & 0xffff))
            return false;
        for (int i = 0; i < length; i++)
            _output.Add((byte)Bits(8));
        return true;
    }

    private bool Dynamic()
    {
        int literals = Bits(5) + 257, distances = Bits(5) + 1, codes = Bits(4) + 4;
        byte[] lengths = new byte[19];
        for (int i = 0; i < codes; i++)
            lengths[CodeOrder[i]] = (byte)Bits(3);
        Codes lengthCodes = new(lengths);
        HasIncompleteCodes |= lengthCodes.Left > 0;
        if (lengthCodes.Left < 0 || literals > 286 || distances > 30)
            return false;
        byte[] all = new byte[literals + distances];
        for (int at = 0; at < all.Length;)
        {
            int symbol = Decode(lengthCodes);
            int times = symbol switch { < 0 => 0, < 16 => 1, 16 => 3 + Bits(2), 17 => 3 + Bits(3), _ => 11 + Bits(7) };
            if (times == 0 || (symbol == 16 && at == 0) || at + times > all.Length)
                return false;
            byte length = symbol == 16 ? all[at - 1] : symbol > 16 ? (byte)0 : (byte)symbol;
            all.AsSpan(at, times).Fill(length);
            at += times;
        }
        Codes literalCodes = new(all[..literals]), distanceCodes = new(all[literals..]);
        HasIncompleteCodes |= literalCodes is { Left: > 0, Longest: > 1 } || distanceCodes is { Left: > 0, Longest: > 1 };
        return literalCodes.Left >= 0 && distanceCodes.Left >= 0 && all[256] > 0 && Block(literalCodes, distanceCodes);
    }

    private bool Block(Codes literals, Codes distances)
    {
        while (true)
        {
            int symbol = Decode(literals);
            if (symbol == 256)
                return true;
            if (symbol is < 0 or > 285 || _output.Count > MostOutput)
                return false;
            if (symbol < 256)
            {
                _output.Add((byte)symbol);
                continue;
            }
            int length = symbol == 285 ? 258 : Extra(symbol - 257, 2, 3);
            int code = Decode(distances);
            if (code is < 0 or > 29)
                return false;
            int distance = Extra(code, 1, 1);
            if (distance > _output.Count)
                return false;
            for (int i = 0; i < length; i++)
                _output.Add(_output[^distance]);
        }
    }

    /// <summary>A length or a distance. From a certain code on, every few codes have one more extra bit.</summary>
    private int Extra(int code, int perBitLog, int least)
    {
        int group = 1 << perBitLog;
        if (code < 2 * group)
            return code + least;
        int bits = (code >> perBitLog) - 1;
        return ((group + (code & (group - 1))) << bits) + Bits(bits) + least;
    }

    private static byte[] FixedLengths() => [.. Enumerable.Range(0, 288).Select(static i => (byte)(i switch { < 144 => 8, < 256 => 9, < 280 => 7, _ => 8 }))];

    private int Decode(Codes codes)
    {
        int code = 0, first = 0, index = 0;
        for (int length = 1; length <= MostBits; length++)
        {
            code |= Bits(1);
            int count = codes.Counts[length];
            if (code - count < first)
                return codes.Symbols[index + code - first];
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        return -1;
    }

    private int Bits(int count)
    {
        int value = 0;
        for (int i = 0; i < count; i++, _bit++)
        {
            if (_bit >> 3 >= data.Length)
                throw new EndOfStreamException();
            value |= ((data[_bit >> 3] >> (_bit & 7)) & 1) << i;
        }
        return value;
    }

    private sealed class Codes
    {
        public Codes(byte[] lengths)
        {
            foreach (byte length in lengths)
                Counts[length]++;
            Counts[0] = 0;
            Symbols = [.. Enumerable.Range(0, lengths.Length).Where(i => lengths[i] > 0).OrderBy(i => lengths[i])];
            Longest = lengths.Max();
            int left = 1;
            for (int length = 1; length <= MostBits && left >= 0; length++)
                left = (left << 1) - Counts[length];
            Left = left;
        }

        public int[] Counts { get; } = new int[MostBits + 1];

        public int[] Symbols { get; }

        public int Longest { get; }

        /// <summary>The number of sequences of bits without a meaning. Below 0, some have two meanings.</summary>
        public int Left { get; }
    }
}
