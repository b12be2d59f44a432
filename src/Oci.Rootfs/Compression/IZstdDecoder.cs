using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>Decodes zstd frames, one after the other. It refuses windows of more bytes than it was made for.</summary>
internal interface IZstdDecoder : IDisposable
{
    /// <summary>Decodes as much as fits. Neither span is remembered.</summary>
    /// <returns>True at the end of a frame, whose checksum is right then.</returns>
    /// <exception cref="OciException">Damaged data, or too large a window.</exception>
    bool Decode(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced);
}
