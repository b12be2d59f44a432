using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Cache;

/// <summary>Reads a compressed archive from its first to its last byte, hashes it, and writes the archive within.</summary>
internal sealed class ArchiveUnpacker(SafeFileHandle archive, long length, string name, EngineContext context)
{
    private const UnixFileMode ReadByAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _shown = SafeText.Show(name);

    /// <summary>
    /// The rights of the copy: all may read it when all may read the archive; otherwise only its owner may. The archive's group and access
    /// lists say nothing about a file of another owner and group.
    /// </summary>
    public UnixFileMode Mode => (IsReadByAll ? ReadByAll : UnixFileMode.UserRead) | UnixFileMode.UserWrite;

    private bool IsReadByAll => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(archive) & ReadByAll) == ReadByAll;

    /// <summary>The digest of the compressed bytes, in hexadecimal digits.</summary>
    public string Hash()
    {
        using HashingStream input = new(Open(), context);
        Progress progress = new(context);
        byte[] buffer = new byte[1 << 20];
        while (input.Read(buffer) > 0)
        {
            context.ThrowIfCancelled();
            progress.Archive(_shown, input.BytesRead, length);
        }
        return input.Finish();
    }

    /// <summary>Writes the archive within to a new file. It makes no file when the data contains no archive.</summary>
    /// <param name="create">Makes the file with the given rights; the caller disposes of it.</param>
    /// <returns>The digest of the compressed bytes, in hexadecimal digits.</returns>
    /// <exception cref="OciException">The data is damaged, too large, or contains no tar archive.</exception>
    /// <exception cref="IOException">Writing failed.</exception>
    public string Unpack(Func<UnixFileMode, SafeFileHandle> create)
    {
        using HashingStream input = new(Open(), context);
        PeekStream compressed = new(input, FileMagic.HeadBytes);
        InflationBudget budget = new(context.Limits.MaxArchiveBytes, LimitErrors.ArchiveBytes);
        Progress progress = new(context);
        try
        {
            using MeteredStream inflated = new(Codecs.Open(Codecs.Recognise(compressed.Head), compressed, context), compressed, length, context, budget);
            byte[] buffer = new byte[1 << 20];
            int count = inflated.ReadAtLeast(buffer, FileMagic.HeadBytes, throwOnEndOfStream: false);
            RequireTar(buffer.AsSpan(0, count));
            SafeFileHandle output = create(Mode);
            for (long written = 0; count > 0; count = inflated.Read(buffer))
            {
                context.ThrowIfCancelled();
                RandomAccess.Write(output, buffer.AsSpan(0, count), written);
                written += count;
                progress.Archive(_shown, input.BytesRead, length);
            }
            return input.Finish();
        }
        catch (OciException e) when (e.IsDamage)
        {
            throw SourceErrors.DamagedArchive(string.Create(CultureInfo.InvariantCulture, $"{e.Problem}: expected {e.Expected}, found {e.Found}"), e);
        }
    }

    private FileRangeStream Open() => new(archive, 0, length, _shown, ownsHandle: false);

    private static void RequireTar(ReadOnlySpan<byte> head)
    {
        if (FileMagic.IsTarHeader(head))
            return;
        throw SourceErrors.NotAnImage($"compressed data, and in it {(head.IsEmpty ? "nothing" : FileMagic.Describe(head) ?? "no tar archive")}");
    }

    /// <summary>
    /// Hashes the compressed bytes as they pass. Every decoder reads them to the very end. The cancellation is checked here, because empty
    /// frames inflate to nothing for as long as they last.
    /// </summary>
    private sealed class HashingStream(Stream source, EngineContext context) : ForwardStream
    {
        private readonly IncrementalHash _hash = DigestHash.Create("sha256");

        public override int Read(Span<byte> buffer)
        {
            context.ThrowIfCancelled();
            int count = source.Read(buffer);
            BytesRead += count;
            _hash.AppendData(buffer[..count]);
            return count;
        }

        public string Finish() => DigestHash.Finish(_hash).Hex;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _hash.Dispose();
                source.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
