using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// Mutated zstd through both decoders, each with its own sizes of reads. Their results and errors must be equal. The only difference
/// allowed: a libzstd older than the one behind ZstdSharp may read over damage that ZstdSharp finds (reserved bits, for example). To
/// compare without that exception, put a libzstd of ZstdSharp's version on LD_LIBRARY_PATH.
/// </summary>
internal sealed class ZstdDecoderCase(int seed)
{
    private const int Tries = 40;
    private const int MostOutput = 16 << 20;

    private static readonly bool IsOlder = ZstdCompressor.LibraryVersion < Methods.ZSTD_versionNumber();

    private readonly Random _random = new(seed);

    public string Outcome { get; private set; } = "";

    /// <summary>The problem; null when all is well.</summary>
    public string? Run()
    {
        if (!ZstdLibrary.IsUsable)
        {
            Outcome = "no libzstd";
            return null;
        }
        SortedSet<string> outcomes = [];
        for (int i = 0; i < Tries; i++)
        {
            byte[] blob = Make(out byte[]? content);
            int windowLog = _random.Next(4) == 0 ? _random.Next(10, 18) : 23;
            if (Compare(blob, content, windowLog, outcomes) is { } wrong)
                return $"{wrong}; windows of {windowLog} bits: {Convert.ToHexStringLower(blob.AsSpan(0, Math.Min(blob.Length, 4000)))}";
        }
        Outcome = "zstd:" + string.Join('+', outcomes);
        return null;
    }

    private string? Compare(byte[] blob, byte[]? content, int windowLog, SortedSet<string> outcomes)
    {
        (byte[] bytes, string? error) = Decode(blob, new ZstdLibrary.Decoder(windowLog), windowLog);
        (byte[] otherBytes, string? otherError) = Decode(blob, new ManagedZstd(windowLog), windowLog);
        if (error is null && content is not null && !bytes.AsSpan().SequenceEqual(content))
            return "both decoders make something else of what is whole";
        if (content is not null && error is not (null or "OCI4223"))
            return $"what is whole is refused: {error}";
        bool sameSoFar = bytes.AsSpan().StartsWith(otherBytes) || otherBytes.AsSpan().StartsWith(bytes);
        string? wrong = !sameSoFar || (error is null && otherError is null && bytes.Length != otherBytes.Length) ? "the decoders make different bytes of it"
            : error != otherError ? $"libzstd says {error ?? "ok"}, ZstdSharp says {otherError ?? "ok"}"
            : null;
        bool mayDiffer = IsOlder && content is null;
        outcomes.Add(wrong is not null && mayDiffer ? "older" : error ?? "ok");
        return mayDiffer ? null : wrong;
    }

    private (byte[] Bytes, string? Error) Decode(byte[] blob, IZstdDecoder decoder, int windowLog)
    {
        using MemoryStream output = new();
        byte[] buffer = new byte[_random.Next(3) switch { 0 => _random.Next(1, 400), 1 => _random.Next(1, 20_000), _ => _random.Next(1, 300_000) }];
        try
        {
            using ZstdStream stream = new(new Drips(blob, _random.Next(2) == 0 ? int.MaxValue : _random.Next(1, 5000)), decoder, 1L << windowLog, new EngineContext());
            int count;
            while ((count = stream.Read(buffer)) > 0 && output.Length < MostOutput)
                output.Write(buffer, 0, count);
            return (output.ToArray(), null);
        }
        catch (OciException e)
        {
            return (output.ToArray(), e.Code);
        }
    }

    /// <summary>Up to three frames. In most cases one of them is mutated.</summary>
    /// <param name="content">The content of the frames; null when one is mutated.</param>
    private byte[] Make(out byte[]? content)
    {
        byte[][] contents = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Piece())];
        byte[][] frames = [.. contents.Select(Compress)];
        content = null;
        switch (_random.Next(8))
        {
            case 0:
                content = [.. contents.SelectMany(static c => c)];
                break;
            case 1:
                byte[] all = [.. frames.SelectMany(static f => f)];
                return all[.._random.Next(4, all.Length)];
            default:
                int chosen = _random.Next(frames.Length);
                frames[chosen] = Mutate(frames[chosen]);
                break;
        }
        byte[] behind = _random.Next(10) switch { 0 => new byte[_random.Next(1, 20)], 1 => [0x28], 2 => [0x26, 0xb5, 0x2f, 0xfd, .. new byte[9]], 3 => [0x50, 0x2a, 0x4d], _ => [] };
        if (behind.Length > 0)
            content = null;
        byte[] blob = [.. frames.SelectMany(static f => f), .. behind];
        return blob;
    }

    private byte[] Piece()
    {
        byte[] tar = Corpus.Tars[_random.Next(Corpus.Tars.Count)];
        int start = _random.Next(tar.Length);
        return _random.Next(3) == 0 ? tar : tar[start..(start + _random.Next(Math.Min(tar.Length - start, 5000)))];
    }

    /// <summary>A frame of any form that the compressor knows, or a skippable one before it.</summary>
    private byte[] Compress(byte[] content)
    {
        using Compressor compressor = new(_random.Next(-3, 12));
        compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, _random.Next(2));
        compressor.SetParameter(ZSTD_cParameter.ZSTD_c_contentSizeFlag, _random.Next(2));
        compressor.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, _random.Next(10, 24));
        byte[] skipped = new byte[_random.Next(3) == 0 ? _random.Next(100) : 0];
        byte[] skippable = _random.Next(4) == 0 ? [(byte)_random.Next(0x50, 0x60), 0x2a, 0x4d, 0x18, (byte)skipped.Length, 0, 0, 0, .. skipped] : [];
        return [.. skippable, .. compressor.Wrap(content)];
    }

    /// <summary>Prefers the places of headers and tables, because they matter most.</summary>
    private byte[] Mutate(byte[] frame)
    {
        if (_random.Next(3) == 0)
            return ByteMutator.Mutate(_random, frame, 2);
        byte[] copy = [.. frame];
        for (int changes = _random.Next(1, 4); changes > 0; changes--)
            copy[_random.Next(Math.Min(4, copy.Length - 1), Math.Min(copy.Length, 150))] ^= (byte)(1 << _random.Next(8));
        return copy;
    }

    /// <summary>Gives few bytes at a time.</summary>
    private sealed class Drips(byte[] bytes, int mostAtOnce) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(Math.Min(buffer.Length, mostAtOnce), bytes.Length - BytesRead);
            bytes.AsSpan((int)BytesRead, count).CopyTo(buffer);
            BytesRead += count;
            return count;
        }
    }
}
