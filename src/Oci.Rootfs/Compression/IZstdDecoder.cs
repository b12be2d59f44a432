using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>Decodes zstd frames, one after the other. It refuses a window larger than the limit that it was made for.</summary>
internal interface IZstdDecoder : IDisposable
{
    /// <summary>Decodes as much as fits, and keeps neither span.</summary>
    /// <returns>True at the end of a frame; its checksum was right then.</returns>
    /// <exception cref="OciException">The data is damaged, or its window is too large.</exception>
    bool Decode(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced);
}
