using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>What the error codes of zstd (its zstd_errors.h, of which these are stable) mean to us.</summary>
internal static class ZstdFailure
{
    private const int WindowTooLarge = 16, NoMemory = 64;

    /// <param name="code">Zstd's.</param>
    /// <param name="name">Zstd's words for it.</param>
    /// <param name="windowLog">The decoder's limit.</param>
    public static Exception Of(int code, string? name, int windowLog) => code switch
    {
        WindowTooLarge => LimitErrors.ZstdWindow(1L << windowLog),
        NoMemory => new InsufficientMemoryException(),
        _ => IntegrityErrors.DamagedLayer("zstd", name ?? "damaged data"),
    };
}
