using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Registry;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Sources;

/// <summary>Opens an image in any form. It recognises the form by the content, never by the name.</summary>
internal static class ImageSources
{
    /// <param name="image">The image to open.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <param name="unpack">Opens the archive within one that is compressed as a whole; it gets that file and its path.</param>
    /// <exception cref="OciException">The image is missing, can't be read, or is none.</exception>
    public static ImageSource Open(ImageReference image, EngineContext context, Func<SafeFileHandle, string, SafeFileHandle> unpack)
    {
        (string path, string displayName) = (image.Location, image.DisplayName);
        SafeFileHandle file = InputFile.Open(path, path, out InputKind kind, out string kindName) ?? throw SourceErrors.NotFound(path, RegistryReference.MayBeMeantBy(displayName) ? displayName : null);
        if (kind == InputKind.RegularFile)
            return OpenFile(file, path, displayName, context, unpack);
        file.Dispose();
        return kind == InputKind.Directory ? OpenDirectory(path, displayName, context) : throw SourceErrors.NotAFile(path, kindName);
    }

    private static LayoutDirectory OpenDirectory(string path, string displayName, EngineContext context)
    {
        LayoutDirectory layout = new(path, context) { DisplayName = displayName };
        bool Has(string name) => Path.Exists(Path.Combine(path, name));

        // The index is opened, because Path.Exists does not tell a directory that we may not enter from one without an index.
        using SafeFileHandle? index = InputFile.Open(Path.Combine(path, OciArchive.Index), path, out _, out _);
        if (index is null)
        {
            throw Has(LayoutFile.Name) || Has("blobs") ? SourceErrors.NoIndex() : SourceErrors.NotAnImage(
                Has("manifest.json") ? "a directory with a manifest.json: an unpacked docker-archive, or skopeo's 'dir:' form"
                : Has("etc") || Has("usr") ? "a directory that looks like a root filesystem"
                : "a directory without index.json");
        }
        LayoutFile.Check(layout.ReadFile(LayoutFile.Name), displayName, context);
        return layout;
    }

    private static ImageSource OpenFile(SafeFileHandle file, string path, string displayName, EngineContext context, Func<SafeFileHandle, string, SafeFileHandle> unpack)
    {
        try
        {
            Span<byte> head = stackalloc byte[FileMagic.HeadBytes];
            long length = RandomAccess.GetLength(file);
            if (length == 0)
                throw SourceErrors.Empty(path);
            using FileRangeStream stream = new(file, 0, length, SafeText.Show(path), ownsHandle: false);
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (FileMagic.IsTarHeader(head))
                return ImageArchive.Open(file, length, displayName, context);
            return Codecs.Of(head) is { } codec ? OpenCompressed(file, path, codec, displayName, context, unpack) : throw NoTar(head);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Disposes of the compressed file, unless it fails.</summary>
    private static ImageSource OpenCompressed(SafeFileHandle file, string path, Codec codec, string displayName, EngineContext context, Func<SafeFileHandle, string, SafeFileHandle> unpack)
    {
        if (codec.Decoder is null)
            throw SourceErrors.CompressedArchive(codec.Description, Codecs.Readable, codec.UnpackingTool);
        SafeFileHandle unpacked = unpack(file, path);
        try
        {
            ImageSource source = ImageArchive.Open(unpacked, RandomAccess.GetLength(unpacked), displayName, context);
            file.Dispose();
            return source;
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    private static OciException NoTar(ReadOnlySpan<byte> head)
    {
        if (FileMagic.Describe(head) is { } other)
            return SourceErrors.NotAnImage(other);
        if (head.IndexOfAnyExcept((byte)0) < 0)
            return SourceErrors.NotAnImage("zeros");
        if (TextMistakenForData.Of(head) is { } text)
            return SourceErrors.NotAnImage(text.What, text.Hint);
        if (head.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..])
            return SourceErrors.NotAnImage("text, probably JSON");
        return head.Length < 512 || head.Slice(257, 5).SequenceEqual("ustar"u8)
            ? SourceErrors.DamagedArchive("a tar header that is cut or has a wrong checksum")
            : SourceErrors.NotAnImage("data of an unknown kind");
    }
}
