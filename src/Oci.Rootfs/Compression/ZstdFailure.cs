using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>Translates the error codes of zstd; the ones used here are stable (zstd_errors.h).</summary>
internal static class ZstdFailure
{
    private const int WindowTooLarge = 16, NoMemory = 64;

    /// <param name="code">Zstd's error code.</param>
    /// <param name="name">Zstd's words for it.</param>
    /// <param name="windowLog">The decoder's limit.</param>
    public static Exception Of(int code, string? name, int windowLog) => code switch
    {
        WindowTooLarge => LimitErrors.ZstdWindow(1L << windowLog),
        NoMemory => new InsufficientMemoryException(),
        _ => IntegrityErrors.DamagedLayer("zstd", name ?? "damaged data"),
    };
}
