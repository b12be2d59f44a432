namespace Oci.Rootfs.Blobs;

/// <summary>Compressed bytes, read piece by piece and looked at where they lie. Owns the stream that it reads.</summary>
internal sealed class GzipInput(Stream compressed) : IDisposable
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 << 10);
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>The bytes at hand: at least one, unless there are no more at all.</summary>
    public ReadOnlySpan<byte> Next
    {
        get
        {
            if (_start == _end && !_atEnd)
            {
                _start = 0;
                _end = compressed.Read(_buffer);
                _atEnd = _end == 0;
            }
            return _buffer.AsSpan(_start, _end - _start);
        }
    }

    public void Skip(int count) => _start += count;

    public void Dispose() => compressed.Dispose();
}
