using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>An OCI layout directory (image-spec image-layout.md).</summary>
internal sealed class LayoutDirectory(string path, EngineContext context) : ImageSource
{
    private const int MostHeadBytes = 64;

    public override byte[] ReadIndex() => ReadFile("index.json") ?? throw SourceErrors.NoIndex();

    /// <summary>True for anything at the path: a blob that is no file must fail when it is read, and does not count as absent.</summary>
    public override bool HasBlob(Digest digest) => Path.Exists(BlobPath(digest));

    public override Stream OpenBlob(Descriptor descriptor)
    {
        string digest = descriptor.Digest.ToString();
        SafeFileHandle file = OpenRegular(BlobPath(descriptor.Digest), digest) ?? throw SourceErrors.MissingBlob(digest);
        long length = RandomAccess.GetLength(file);
        if (length == descriptor.Size)
            return new FileRangeStream(file, 0, length, digest, ownsHandle: true);
        using (file)
            RefuseText(file, length, digest);
        throw IntegrityErrors.WrongSize(digest, descriptor.Size, length);
    }

    /// <summary>Reads a small file of the layout; null where it is absent.</summary>
    public byte[]? ReadFile(string name)
    {
        using SafeFileHandle? file = OpenRegular(Path.Combine(path, name), name);
        if (file is null)
            return null;
        long length = RandomAccess.GetLength(file);
        if (length > context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(name, context.Limits.MaxJsonBytes, length);
        RefuseText(file, length, name);
        using FileRangeStream stream = new(file, 0, length, name, ownsHandle: false);
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    protected override void Dispose(bool disposing)
    {
        // No file stays open between two calls.
    }

    /// <summary>Refuses the text that Git LFS leaves in place of a blob: users keep layouts in Git, and their blobs in Git LFS.</summary>
    private static void RefuseText(SafeFileHandle file, long length, string name)
    {
        Span<byte> head = stackalloc byte[(int)Math.Min(length, MostHeadBytes)];
        using FileRangeStream stream = new(file, 0, length, name, ownsHandle: false);
        stream.ReadExactly(head);
        if (TextMistakenForData.Of(head) is { } text)
            throw SourceErrors.NotFetched(name, text.What, text.Hint);
    }

    private static SafeFileHandle? OpenRegular(string path, string name)
    {
        SafeFileHandle? file = InputFile.Open(path, name, out InputKind kind, out string kindName);
        if (file is null || kind == InputKind.RegularFile)
            return file;
        file.Dispose();
        throw SourceErrors.NotARegularFile(name, kindName);
    }

    private string BlobPath(Digest digest) => digest.PathIn(path);
}
