using System.Buffers.Binary;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// Mutated gzip through both decoders. They must accept the same data with equal results, and <see cref="SlowInflate"/> must give that
/// result too. The only difference allowed: ISA-L reads incomplete sets of codes.
/// </summary>
internal sealed class DecoderCase(int seed)
{
    private const int Tries = 40;
    private const int Header = 10;

    private readonly Random _random = new(seed);

    public string Outcome { get; private set; } = "";

    /// <summary>The problem; null when all is well.</summary>
    public string? Run()
    {
        if (!IsalLibrary.IsUsable)
        {
            Outcome = "no libisal";
            return null;
        }
        SortedSet<string> outcomes = [];
        for (int i = 0; i < Tries; i++)
        {
            byte[] blob = Make();
            if (Compare(blob, outcomes) is { } wrong)
                return $"{wrong}: {Convert.ToHexStringLower(blob.AsSpan(0, Math.Min(blob.Length, 4000)))}";
        }
        Outcome = string.Join('+', outcomes.Prepend("agree"));
        return null;
    }

    private string? Compare(byte[] blob, SortedSet<string> outcomes)
    {
        (byte[] bytes, string? error) = Decode(blob, useNative: true);
        (byte[] otherBytes, string? otherError) = Decode(blob, useNative: false);
        bool sameSoFar = bytes.AsSpan().StartsWith(otherBytes) || otherBytes.AsSpan().StartsWith(bytes);
        if (!sameSoFar || (error is null && otherError is null && bytes.Length != otherBytes.Length))
            return "the decoders make different bytes of it";
        if ((error is null) == (otherError is null))
        {
            if (error is null)
                return Slowly(blob) is { IsWhole: true } slow && bytes.AsSpan().SequenceEqual(slow.Bytes) ? null : "both decoders make of it what the third one does not";
            if (error != otherError)
                outcomes.Add($"{error}|{otherError}");
            return null;
        }
        if (error is null && Slowly(blob) is { HasIncompleteCodes: true } incomplete && bytes.AsSpan().StartsWith(incomplete.Bytes))
        {
            outcomes.Add("incomplete");
            return null;
        }
        return $"ISA-L says {error ?? "ok"}, .NET says {otherError ?? "ok"}";
    }

    private (byte[] Bytes, string? Error) Decode(byte[] blob, bool useNative)
    {
        using MemoryStream output = new();
        byte[] buffer = new byte[_random.Next(3) == 0 ? _random.Next(1, 400) : _random.Next(1, 100_000)];
        try
        {
            using Stream stream = Codecs.Open(Codecs.Gzip, new MemoryStream(blob), new EngineContext { UseNativeDecoders = useNative });
            int count;
            while ((count = stream.Read(buffer)) > 0 && output.Length < 16 << 20)
                output.Write(buffer, 0, count);
            return (output.ToArray(), null);
        }
        catch (OciException e)
        {
            return (output.ToArray(), e.Code);
        }
    }

    /// <summary>
    /// Up to three members, one of them mutated. Often its checksum and length are made to fit, so that the decoders accept more.
    /// </summary>
    private byte[] Make()
    {
        byte[][] members = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => GzipCompressor.Compress(_random, Corpus.Tars[_random.Next(Corpus.Tars.Count)]))];
        int chosen = _random.Next(members.Length);
        byte[] mutated = Mutate(members[chosen]);
        members[chosen] = _random.Next(3) > 0 ? Fit(mutated) : mutated;
        byte[] behind = _random.Next(6) switch { 0 => new byte[_random.Next(1, 20)], 1 => [0x1f], 2 => [0x1f, 0x8b], 3 => [0x1f, .. new byte[_random.Next(1, 5)]], _ => [] };
        return [.. members.SelectMany(static m => m), .. behind];
    }

    /// <summary>Prefers the place of the first block's codes, because it matters most.</summary>
    private byte[] Mutate(byte[] member)
    {
        if (_random.Next(3) == 0)
            return ByteMutator.Mutate(_random, member, 2);
        byte[] copy = [.. member];
        for (int changes = _random.Next(1, 4); changes > 0; changes--)
            copy[_random.Next(Header, Math.Min(copy.Length, Header + 90))] ^= (byte)(1 << _random.Next(8));
        return copy;
    }

    private static byte[] Fit(byte[] member)
    {
        SlowInflate inflate = new(member, Header);
        if (member.Length <= Header || member[3] != 0 || !inflate.Run())
            return member;
        byte[] end = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(end, IsalLibrary.Crc(0, inflate.Output));
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(4), inflate.Output.Length);
        return [.. member[..inflate.End], .. end];
    }

    /// <summary>The third decoder's result: all members, or those before one that it can't read.</summary>
    private static (byte[] Bytes, bool IsWhole, bool HasIncompleteCodes) Slowly(byte[] blob)
    {
        using MemoryStream output = new();
        bool incomplete = false;
        for (int at = 0; at + Header < blob.Length && blob[at] == 0x1f;)
        {
            SlowInflate inflate = new(blob, HeaderEnd(blob, at));
            bool isWhole = inflate.Run();
            incomplete |= isWhole && inflate.HasIncompleteCodes;
            if (!isWhole)
                return (output.ToArray(), false, incomplete);
            output.Write(inflate.Output);
            at = inflate.End + 8;
        }
        return (output.ToArray(), true, incomplete);
    }

    private static int HeaderEnd(byte[] blob, int at)
    {
        byte flags = blob[at + 3];
        at += Header;
        if ((flags & 4) != 0)
            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(blob.AsSpan(at));
        foreach (byte text in (byte[])[8, 16])
        {
            if ((flags & text) != 0)
                at = Array.IndexOf(blob, (byte)0, at) + 1;
        }
        return (flags & 2) != 0 ? at + 2 : at;
    }
}
