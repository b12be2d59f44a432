using System.Runtime.InteropServices;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>The few functions of libzstd's stable interface that decoding needs.</summary>
internal static partial class ZstdLibrary
{
    private const string Library = "libzstd.so.1";
    private const int WindowLogMax = 100;
    private const int ErrorWindowTooLarge = 16;

    /// <summary>A decoder that refuses windows of more than 2 to the power of <paramref name="windowLog"/> bytes.</summary>
    /// <exception cref="OciException">The library is not installed.</exception>
    public static Context Create(int windowLog)
    {
        try
        {
            Context context = CreateDCtx();
            if (context.IsInvalid)
                throw new InsufficientMemoryException();
            if (IsError(SetParameter(context, WindowLogMax, windowLog)) != 0)
                throw new InvalidOperationException("libzstd does not know ZSTD_d_windowLogMax");
            return context;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw IntegrityErrors.NoZstd(e);
        }
    }

    /// <summary>Decodes as much as fits.</summary>
    /// <returns>0 at the end of a frame; otherwise there is more to come.</returns>
    /// <exception cref="OciException">Damaged data, or too large a window.</exception>
    public static unsafe nuint Decompress(Context context, ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced, int windowLog)
    {
        nuint result;
        fixed (byte* source = input)
        fixed (byte* destination = output)
        {
            Buffer inBuffer = new() { Start = source, Size = (nuint)input.Length };
            Buffer outBuffer = new() { Start = destination, Size = (nuint)output.Length };
            result = DecompressStream(context, &outBuffer, &inBuffer);
            consumed = (int)inBuffer.Position;
            produced = (int)outBuffer.Position;
        }
        if (IsError(result) == 0)
            return result;
        throw GetErrorCode(result) == ErrorWindowTooLarge
            ? LimitErrors.ZstdWindow(1L << windowLog)
            : IntegrityErrors.DamagedLayer("zstd", Marshal.PtrToStringUTF8(GetErrorName(result)) ?? "damaged data");
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial Context CreateDCtx();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDCtx(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetParameter(Context context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static unsafe partial nuint DecompressStream(Context context, Buffer* output, Buffer* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorCode")]
    private static partial int GetErrorCode(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint GetErrorName(nuint result);

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which are laid out alike.</summary>
    private unsafe struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    /// <summary>A <c>ZSTD_DCtx</c>.</summary>
    internal sealed class Context() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => FreeDCtx(handle) == 0;
    }
}
