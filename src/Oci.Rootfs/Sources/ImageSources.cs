using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Blobs;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Sources;

/// <summary>Opens an image in whatever form it lies there, recognised by its content, never by its name.</summary>
internal static class ImageSources
{
    /// <exception cref="OciException">There is nothing, it can't be read, or it is no image.</exception>
    public static ImageSource Open(string path, string displayName, RootfsLimits limits, RootfsLog log)
    {
        SafeFileHandle file = InputFile.Open(path, path, out InputKind kind, out string kindName) ?? throw SourceErrors.NotFound(path);
        if (kind == InputKind.RegularFile)
            return OpenFile(file, path, displayName, limits, log);
        file.Dispose();
        return kind == InputKind.Directory ? OpenDirectory(path, displayName, limits, log) : throw SourceErrors.NotAFile(path, kindName);
    }

    private static LayoutDirectory OpenDirectory(string path, string displayName, RootfsLimits limits, RootfsLog log)
    {
        LayoutDirectory layout = new(path, limits) { DisplayName = displayName };
        bool Has(string name) => Path.Exists(Path.Combine(path, name));
        if (!Has("index.json"))
        {
            throw Has(LayoutFile.Name) || Has("blobs") ? SourceErrors.NoIndex() : SourceErrors.NotAnImage(
                Has("manifest.json") ? "a directory with a manifest.json: an unpacked docker-archive, or skopeo's 'dir:' form"
                : Has("etc") || Has("usr") ? "a directory that looks like a root filesystem"
                : "a directory without index.json");
        }
        LayoutFile.Check(layout.ReadFile(LayoutFile.Name), displayName, limits, log);
        return layout;
    }

    private static ImageSource OpenFile(SafeFileHandle file, string path, string displayName, RootfsLimits limits, RootfsLog log)
    {
        try
        {
            Span<byte> head = stackalloc byte[512];
            long length = RandomAccess.GetLength(file);
            if (length == 0)
                throw SourceErrors.Empty(path);
            using FileRangeStream stream = new(file, 0, length, SafeText.Show(path), ownsHandle: false);
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (FileMagic.IsTarHeader(head))
                return ImageArchive.Open(file, length, displayName, limits, log);
            throw NoTar(head, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static OciException NoTar(ReadOnlySpan<byte> head, long length)
    {
        string? magic = FileMagic.Of(head);
        string? tool = magic switch
        {
            FileMagic.Gzip => "gunzip",
            FileMagic.Zstd => "unzstd",
            "xz data" => "unxz",
            "bzip2 data" => "bunzip2",
            "lz4 data" => "unlz4",
            _ => null,
        };
        if (tool is not null)
            return SourceErrors.CompressedArchive(magic!, tool);
        if (magic is not null)
            return SourceErrors.NotAnImage(magic);
        if (head.IndexOfAnyExcept((byte)0) < 0)
            return SourceErrors.NotAnImage("zeros");
        if (head.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..])
            return SourceErrors.NotAnImage("text, probably JSON");
        return length < 512 || head.Slice(257, 5).SequenceEqual("ustar"u8)
            ? SourceErrors.DamagedArchive("a tar header that is cut or has a wrong checksum")
            : SourceErrors.NotAnImage("data of an unknown kind");
    }
}
