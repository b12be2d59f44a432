using System.Buffers.Binary;
using System.Numerics;

namespace Oci.Rootfs.Collections;

/// <summary>
/// SipHash by Aumasson and Bernstein: an attacker without the key can't choose names that collide. The framework's own hash of bytes mixes
/// each word into one of four sums; words that cancel each other out there do so whatever its seed is.
/// </summary>
/// <param name="key0">The key's first half.</param>
/// <param name="key1">Its second half.</param>
/// <param name="rounds">Rounds for each word. Hash tables take 1 and 3; the paper takes 2 and 4.</param>
/// <param name="lastRounds">Rounds at the end.</param>
internal struct SipHash(ulong key0, ulong key1, int rounds = 1, int lastRounds = 3)
{
    private const int WordBytes = sizeof(ulong);

    private ulong _v0 = key0 ^ 0x736f6d6570736575;
    private ulong _v1 = key1 ^ 0x646f72616e646f6d;
    private ulong _v2 = key0 ^ 0x6c7967656e657261;
    private ulong _v3 = key1 ^ 0x7465646279746573;
    private int _words;

    /// <summary>Adds eight bytes, the first one lowest, before the bytes of <see cref="Finish"/>.</summary>
    public void Add(ulong word)
    {
        _words++;
        Mix(word);
    }

    public ulong Finish(ReadOnlySpan<byte> rest)
    {
        ulong length = (ulong)((_words * WordBytes) + rest.Length);
        for (; rest.Length >= WordBytes; rest = rest[WordBytes..])
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(rest));
        ulong last = length << 56;
        for (int i = 0; i < rest.Length; i++)
            last |= (ulong)rest[i] << (8 * i);
        Mix(last);
        _v2 ^= 0xff;
        for (int i = 0; i < lastRounds; i++)
            Round();
        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    private void Mix(ulong word)
    {
        _v3 ^= word;
        for (int i = 0; i < rounds; i++)
            Round();
        _v0 ^= word;
    }

    private void Round()
    {
        _v0 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
        _v0 = BitOperations.RotateLeft(_v0, 32);
        _v2 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
        _v0 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
        _v2 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
        _v2 = BitOperations.RotateLeft(_v2, 32);
    }
}
