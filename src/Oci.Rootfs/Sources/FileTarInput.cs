using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Sources;

/// <summary>A tar file as tar input. It reads only the bytes that the reader looks at.</summary>
internal sealed class FileTarInput(SafeFileHandle file, long length) : TarInput
{
    private readonly byte[] _buffer = new byte[32 << 10];

    /// <summary>The place in the file where the buffer begins.</summary>
    private long _bufferPosition;
    private int _buffered;

    public override ReadOnlySpan<byte> Peek()
    {
        long inBuffer = Position - _bufferPosition;
        if (inBuffer >= 0 && inBuffer < _buffered)
            return _buffer.AsSpan((int)inBuffer, _buffered - (int)inBuffer);
        _bufferPosition = Position;
        _buffered = 0;
        int wanted = (int)Math.Min(_buffer.Length, length - Position);
        try
        {
            _buffered = wanted == 0 ? 0 : RandomAccess.Read(file, _buffer.AsSpan(0, wanted), Position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SourceErrors.ReadFailed("the archive", e);
        }
        return _buffer.AsSpan(0, _buffered);
    }

    public override void Consume(int count) => Position += count;

    public override long Skip(long count)
    {
        long skipped = Math.Min(count, length - Position);
        Position += skipped;
        return skipped;
    }
}
