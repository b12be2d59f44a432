using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Inflates zstd: any number of frames, including skippable ones; the last one must be complete (rule 86). Owns the stream that it reads
/// and the decoder.
/// </summary>
internal sealed class ZstdStream(Stream compressed, IZstdDecoder decoder, long mostWindowBytes, EngineContext context) : ForwardStream
{
    /// <summary>The range of limits that decoders accept.</summary>
    private const int LeastWindowLog = 10, MostWindowLog = 31;

    /// <summary>zstd's own levels up to 19 have windows of at most 8 MiB.</summary>
    private const long LargeWindow = 8 << 20;

    private readonly CompressedInput _input = new(compressed);
    private bool _hasTurn;
    private bool _inFrame;
    private bool _atFrameStart;

    /// <summary>Decodes with libzstd where it is installed and may be used; otherwise with ZstdSharp, which is slower.</summary>
    public static ZstdStream Open(Stream compressed, EngineContext context)
    {
        int windowLog = (int)Math.Clamp(long.Log2(context.Limits.MaxZstdWindowBytes), LeastWindowLog, MostWindowLog);
        IZstdDecoder decoder = context.UseNativeDecoders && ZstdLibrary.IsUsable ? new ZstdLibrary.Decoder(windowLog) : new ManagedZstd(windowLog);
        return new ZstdStream(compressed, decoder, 1L << windowLog, context);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        while (_inFrame || StartFrame())
        {
            // The decoder is called even without input: it still holds the output that the caller's last buffer had no room for.
            ReadOnlySpan<byte> input = _input.Next;
            // The frame's first byte goes alone. A decoder that gets a whole frame, and has room for its content, accepts blocks larger
            // than the window.
            if (_atFrameStart)
                input = input[..1];
            _atFrameStart = false;
            _inFrame = !decoder.Decode(input, out int consumed, buffer, out int produced);
            _input.Skip(consumed);
            BytesRead += produced;
            if (produced > 0)
                return produced;
            if (_inFrame && input.IsEmpty)
                throw IntegrityErrors.TruncatedLayer("zstd");
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
            _input.Dispose();
            if (_hasTurn)
                context.LargeWindows.Release();
            _hasTurn = false;
        }
        base.Dispose(disposing);
    }

    /// <returns>False when nothing more follows.</returns>
    private bool StartFrame()
    {
        if (_input.Next.IsEmpty)
            return false;
        if (ZstdFrame.Check(_input, mostWindowBytes) > LargeWindow && !_hasTurn)
        {
            context.LargeWindows.Wait(context.Cancellation);
            _hasTurn = true;
        }
        _atFrameStart = true;
        return true;
    }
}
