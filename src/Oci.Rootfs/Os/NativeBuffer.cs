using System.Runtime.InteropServices;

namespace Oci.Rootfs.Os;

/// <summary>
/// Bytes outside the collected heap, zeros at first. In a build that heap is MSBuild's, and a few megabytes of large arrays cause a full
/// collection. For a small image that happened twice and took 37 ms.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private readonly int _length;
    private nint _start;

    public NativeBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _length = length;
        _start = (nint)NativeMemory.AllocZeroed((nuint)length);
    }

    ~NativeBuffer() => Free();

    /// <summary>The whole buffer. The caller keeps the buffer reachable and undisposed while it uses the span.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start == 0, this);
            return new Span<byte>((void*)_start, _length);
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free() => NativeMemory.Free((void*)Interlocked.Exchange(ref _start, 0));
}
