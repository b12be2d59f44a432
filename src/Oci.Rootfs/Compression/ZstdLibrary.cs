using System.Runtime.InteropServices;

namespace Oci.Rootfs.Compression;

/// <summary>The few functions of libzstd's stable interface that decoding needs.</summary>
internal static partial class ZstdLibrary
{
    private const string Library = "libzstd.so.1";
    private const int WindowLogMax = 100; // ZSTD_d_windowLogMax

    private static readonly Lazy<bool> Usable = new(static () => ZstdSelfTest.Passes(static windowLog => new Decoder(windowLog)));

    /// <summary>Whether the library is installed and passes the self-test, which runs once.</summary>
    public static bool IsUsable => Usable.Value;

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateDCtx();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDCtx(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetParameter(Decoder context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static unsafe partial nuint DecompressStream(Decoder context, Buffer* output, Buffer* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorCode")]
    private static partial int GetErrorCode(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint GetErrorName(nuint result);

    /// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which have the same layout.</summary>
    private unsafe struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    /// <summary>A <c>ZSTD_DCtx</c>.</summary>
    internal sealed class Decoder : SafeHandle, IZstdDecoder
    {
        private readonly int _windowLog;

        public Decoder(int windowLog)
            : base(0, ownsHandle: true)
        {
            _windowLog = windowLog;
            SetHandle(CreateDCtx());
            if (IsInvalid)
                throw new InsufficientMemoryException();
            ThrowIfError(SetParameter(this, WindowLogMax, windowLog));
        }

        public override bool IsInvalid => handle == 0;

        public unsafe bool Decode(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced)
        {
            nuint result;
            fixed (byte* source = input)
            fixed (byte* destination = output)
            {
                Buffer inBuffer = new() { Start = source, Size = (nuint)input.Length };
                Buffer outBuffer = new() { Start = destination, Size = (nuint)output.Length };
                result = DecompressStream(this, &outBuffer, &inBuffer);
                consumed = (int)inBuffer.Position;
                produced = (int)outBuffer.Position;
            }
            ThrowIfError(result);
            return result == 0;
        }

        protected override bool ReleaseHandle() => FreeDCtx(handle) == 0;

        private void ThrowIfError(nuint result)
        {
            if (IsError(result) != 0)
                throw ZstdFailure.Of(GetErrorCode(result), Marshal.PtrToStringUTF8(GetErrorName(result)), _windowLog);
        }
    }
}
