using System.IO.Compression;
using Oci.Rootfs.Errors;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>A compression of archives of the tree, by the end of the file's name: one row of the table below.</summary>
internal sealed class ArchiveFormat
{
    /// <summary>More threads of the compressor take more memory, and the tar is not written faster than this.</summary>
    private const int MostWorkers = 8;

    /// <summary>
    /// What one thread of the compressor takes at a time. It bounds memory, and is fixed because the compressed bytes depend on it.
    /// </summary>
    private const int JobBytes = 4 << 20;

    /// <summary>Taken, but not by Proxmox.</summary>
    public const string ShortGzip = ".tgz";

    private readonly Func<Stream, ArchiveOptions, int, Stream>? _compress;

    private ArchiveFormat(string suffix, Func<Stream, ArchiveOptions, int, Stream>? compress)
    {
        Suffix = suffix;
        _compress = compress;
    }

    public static IReadOnlyList<ArchiveFormat> All { get; } =
    [
        new(".tar", compress: null),
        new(".tar.zst", Zstd),
        new(".tar.gz", Gzip),
        new(".wsl", Gzip),
        new(ShortGzip, Gzip),
    ];

    public string Suffix { get; }

    /// <exception cref="OciException">OCI6301: no format has the name's end.</exception>
    public static ArchiveFormat Of(string path) =>
        Find(path) ?? throw ArchiveErrors.UnknownSuffix(path, string.Join(", ", All.Select(static f => f.Suffix).Where(static s => s != ShortGzip)));

    /// <summary>The compression of an image's layer.</summary>
    public static ArchiveFormat OfLayer(ImageArchiveCompression compression) => compression == ImageArchiveCompression.Zstd ? All[1] : All[2];

    /// <returns>Null where no format has the name's end.</returns>
    public static ArchiveFormat? Find(string path)
    {
        foreach (ArchiveFormat format in All)
        {
            if (path.EndsWith(format.Suffix, StringComparison.OrdinalIgnoreCase) && Path.GetFileName(path).Length > format.Suffix.Length)
                return format;
        }
        return null;
    }

    /// <summary>
    /// Puts a word into the name of an output, before its ending: <c>app.config.json</c> → <c>app.config.linux-arm64.json</c>, and
    /// <c>app.tar.zst</c> → <c>app.linux-arm64.tar.zst</c>.
    /// </summary>
    public static string Insert(string path, string word)
    {
        int ending = (Find(path)?.Suffix ?? Path.GetExtension(path)).Length;
        return $"{path[..^ending]}.{word}{path[^ending..]}";
    }

    /// <summary>The stream to write the tar into. Disposing it ends the compressed data and leaves the file open.</summary>
    /// <returns>Null for a format without compression.</returns>
    public Stream? Compress(Stream output, ArchiveOptions options, int cores) => _compress?.Invoke(output, options, cores);

    /// <summary>
    /// ZstdSharp and never the system's libzstd: another version compresses to other bytes. At least one thread of its own, because the
    /// bytes with none differ from those with one, two or more, which are all equal.
    /// </summary>
    private static CompressionStream Zstd(Stream output, ArchiveOptions options, int cores)
    {
        CompressionStream stream = new(output, options.CompressionLevel ?? ArchiveOptions.DefaultLevel, leaveOpen: true);
        stream.SetParameter(ZSTD_cParameter.ZSTD_c_nbWorkers, Math.Clamp(cores, 1, MostWorkers));
        stream.SetParameter(ZSTD_cParameter.ZSTD_c_jobSize, JobBytes);
        stream.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return stream;
    }

    private static GZipStream Gzip(Stream output, ArchiveOptions options, int cores) =>
        new(new GzipHeaderStream(output), new ZLibCompressionOptions { CompressionLevel = Math.Min(options.CompressionLevel ?? 6, 9) }, leaveOpen: true);
}
