using System.IO.Compression;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

internal enum GzipFeedState
{
    /// <summary>The feed hands out the blob up to its last byte that is not zero.</summary>
    Blob,

    /// <summary>The feed hands out the zeros behind it.</summary>
    Zeros,

    /// <summary>The feed hands out a member of our own.</summary>
    Probe,
}

/// <summary>The bytes that <see cref="GzipMembersStream"/> gives to the inflater; its remarks say why.</summary>
internal sealed class GzipFeed(Stream compressed) : ForwardStream
{
    private static readonly byte[] Probe = MakeProbe();

    private readonly NativeBuffer _buffer = new(256 << 10);
    private int _start;
    private int _end;

    /// <summary>Zeros held back: all zeros since the last other byte that was handed out.</summary>
    private long _zeros;

    /// <summary>Zeros at the end of the buffer, behind <see cref="_end"/>.</summary>
    private int _zerosBehind;
    private int _probed;
    private bool _atEnd;

    public static ReadOnlySpan<byte> ProbeContent => "end of layer"u8;

    public GzipFeedState State { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (State == GzipFeedState.Blob)
        {
            int count = ReadBlob(buffer);
            if (count > 0)
                return count;
            State = GzipFeedState.Zeros;
        }
        if (State == GzipFeedState.Zeros)
        {
            if (_zeros > 0)
                return ReadZeros(buffer);
            State = GzipFeedState.Probe;
        }
        int length = Math.Min(buffer.Length, Probe.Length - _probed);
        Probe.AsSpan(_probed, length).CopyTo(buffer);
        _probed += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            compressed.Dispose();
            _buffer.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Holds zeros back until something else follows them.</summary>
    private int ReadBlob(Span<byte> buffer)
    {
        while (_start == _end && !_atEnd)
            Fill();
        if (_start == _end)
            return 0;
        if (_zeros > 0)
            return ReadZeros(buffer);
        int count = Math.Min(buffer.Length, _end - _start);
        _buffer.Span.Slice(_start, count).CopyTo(buffer);
        _start += count;
        if (_start == _end)
            _zeros += _zerosBehind;
        return count;
    }

    private void Fill()
    {
        Span<byte> buffer = _buffer.Span;
        int count = compressed.Read(buffer);
        if (count == 0)
        {
            _atEnd = true;
            return;
        }
        _start = 0;
        _end = buffer[count - 1] != 0 ? count : buffer[..count].LastIndexOfAnyExcept((byte)0) + 1;
        _zerosBehind = count - _end;
        if (_end == 0)
            _zeros += count;
    }

    private int ReadZeros(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, _zeros);
        buffer[..count].Clear();
        _zeros -= count;
        return count;
    }

    private static byte[] MakeProbe()
    {
        using MemoryStream member = new();
        using (GZipStream gzip = new(member, CompressionLevel.Fastest))
            gzip.Write(ProbeContent);
        return member.ToArray();
    }
}
