using System.Runtime.InteropServices;
using Oci.Rootfs.Errors;
using ZstdSharp.Unsafe;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Decodes with ZstdSharp, which is libzstd in C#, and therefore always available. Its windows and tables are outside the collected heap
/// (<see cref="Os.NativeBuffer"/> says why). Of a window that a frame claims, only the used part is touched.
/// </summary>
internal sealed unsafe class ManagedZstd : SafeHandle, IZstdDecoder
{
    private readonly int _windowLog;

    public ManagedZstd(int windowLog)
        : base(0, ownsHandle: true)
    {
        _windowLog = windowLog;
        SetHandle((nint)Methods.ZSTD_createDCtx());
        if (IsInvalid)
            throw new InsufficientMemoryException();
        ThrowIfError(Methods.ZSTD_DCtx_setParameter((ZSTD_DCtx_s*)handle, ZSTD_dParameter.ZSTD_d_windowLogMax, windowLog));
    }

    public override bool IsInvalid => handle == 0;

    public bool Decode(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            nuint result;
            fixed (byte* source = input)
            fixed (byte* destination = output)
            {
                ZSTD_inBuffer_s inBuffer = new() { src = source, size = (nuint)input.Length };
                ZSTD_outBuffer_s outBuffer = new() { dst = destination, size = (nuint)output.Length };
                result = Decompress(&outBuffer, &inBuffer);
                consumed = (int)inBuffer.pos;
                produced = (int)outBuffer.pos;
            }
            ThrowIfError(result);
            return result == 0;
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    protected override bool ReleaseHandle() => Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)handle) == 0;

    /// <summary>The data is a stranger's, so any exception of the decoder means damage.</summary>
    private nuint Decompress(ZSTD_outBuffer_s* output, ZSTD_inBuffer_s* input)
    {
        try
        {
            return Methods.ZSTD_decompressStream((ZSTD_DCtx_s*)handle, output, input);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw IntegrityErrors.DamagedLayer("zstd", "data that does not inflate", e);
        }
    }

    private void ThrowIfError(nuint result)
    {
        if (Methods.ZSTD_isError(result))
            throw ZstdFailure.Of((int)Methods.ZSTD_getErrorCode(result), Methods.ZSTD_getErrorName(result), _windowLog);
    }
}
