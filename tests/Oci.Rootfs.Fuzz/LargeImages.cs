using System.Globalization;
using System.IO.Compression;
using System.Text;
using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// Images for tests/memory that would cost much memory if some structure had no bound. They are written as layout directories, and never
/// held in memory.
/// </summary>
internal sealed class LargeImages(string directory)
{
    private const long GiB = 1L << 30;

    private readonly List<string> _layers = [];
    private readonly List<string> _diffIds = [];

    /// <param name="name">The name of the image.</param>
    /// <param name="directory">The directory to make.</param>
    /// <param name="size">The number of items, the depth, or the GiB; 0 for the size in the issue.</param>
    public static void Write(string name, string directory, long size)
    {
        Directory.CreateDirectory(Path.Combine(directory, "blobs", "sha256"));
        LargeImages image = new(directory);
        string label = "";
        switch (name)
        {
            case "trivial":
                image.Plain([File("f", "1")]);
                break;
            case "entries":
                image.Plain(Enumerable.Range(0, Count(size, 1_000_000)).Select(static i => File(Text($"directory-{i / 1000}/file-{i}"))));
                break;
            case "names":
                image.Plain(Enumerable.Range(0, Count(size, 500_000)).Select(static i => File(Text($"one/file-{i}"))));
                break;
            case "sparse":
                image.Plain([Sparse("sparse", TarSparseForm.Pax10, Or(size, 64) * GiB, (Or(size, 64) * GiB / 2, "middle"))]);
                break;
            case "bomb":
                image.Bomb(Or(size, 10));
                image.Plain([File("zeros", "not zeros")]);
                break;
            case "windows":
                for (int i = 0; i < 12; i++)
                    image.Windows(i);
                break;
            case "pax":
                image.Plain([PaxHeader(("comment", "x")) with { ForgedSize = Or(size, 8) * GiB - 1, Format = TarFormat.Gnu }]);
                break;
            case "path":
                image.Plain([File(string.Join('/', Enumerable.Repeat("d", Count(size, 10_000))), "deep")]);
                break;
            case "json":
                image.Plain([File("f", "1")]);
                label = "history";
                break;
            case "label":
                image.Plain([File("f", "1")]);
                label = "config";
                break;
            default:
                throw new ArgumentException($"There is no large image '{name}'.");
        }
        image.Finish(label, label.Length == 0 ? 0 : Or(size, 1024) << 20);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static int Count(long size, int otherwise) => size == 0 ? otherwise : (int)size;

    private static long Or(long size, long otherwise) => size == 0 ? otherwise : size;

    private void Plain(IEnumerable<TarPart> parts)
    {
        (string digest, long length) = Blob(stream => Tars.Write(stream, parts));
        Add(digest, length, digest, "");
    }

    /// <summary>This many GiB of zeros in one file. The gzip members repeat, so that it is made quickly.</summary>
    private void Bomb(long size)
    {
        const int piece = 64 << 20;
        TarItem file = File("zeros", TarContent.Zeros(size * GiB));
        byte[] head = Of(file with { HeaderOnly = true, ForgedSize = size * GiB, Content = Array.Empty<byte>() }, End(0));
        using MemoryStream zeros = new();
        using (GZipStream gzip = new(zeros, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(new byte[piece]);
        (string digest, long length) = Blob(stream =>
        {
            stream.Write(ImageLayer.GzipOf(head));
            for (long i = 0; i < size * (GiB / piece); i++)
                stream.Write(zeros.GetBuffer().AsSpan(0, (int)zeros.Length));
            stream.Write(ImageLayer.GzipOf(new byte[1024]));
        });
        using HashingStream inflated = new(null);
        Tars.Write(inflated, [file]);
        Add(digest, length, inflated.Digest(), "+gzip");
    }

    /// <summary>A layer in one frame of zstd that has a window of 64 MiB and fills it: blocks of one byte, repeated (RFC 8878, 3.1.1.2.2).</summary>
    private void Windows(int number)
    {
        const int window = 64 << 20, block = 128 << 10;
        byte[] head = Of(File($"file-{number}", Array.Empty<byte>()) with { HeaderOnly = true, ForgedSize = window }, End(0));
        byte fill = (byte)('a' + number);
        (string digest, long length) = Blob(stream =>
        {
            // The magic number, no checksum and no size of the content, and the window: 2^(10 + 16).
            stream.Write([0x28, 0xb5, 0x2f, 0xfd, 0x00, 16 << 3]);
            WriteBlock(stream, type: 0, head.Length, isLast: false);
            stream.Write(head);
            for (int i = 0; i < window / block; i++)
            {
                WriteBlock(stream, type: 1, block, isLast: false);
                stream.WriteByte(fill);
            }
            WriteBlock(stream, type: 1, 1024, isLast: true);
            stream.WriteByte(0);
        });
        using HashingStream inflated = new(null);
        inflated.Write(head);
        byte[] piece = new byte[block];
        piece.AsSpan().Fill(fill);
        for (int i = 0; i < window / block; i++)
            inflated.Write(piece);
        inflated.Write(new byte[1024]);
        Add(digest, length, inflated.Digest(), "+zstd");
    }

    private static void WriteBlock(Stream stream, int type, int size, bool isLast)
    {
        int header = size << 3 | type << 1 | (isLast ? 1 : 0);
        stream.Write([(byte)header, (byte)(header >> 8), (byte)(header >> 16)]);
    }

    private void Add(string digest, long length, string diffId, string suffix)
    {
        _layers.Add($$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar{{suffix}}","digest":"sha256:{{digest}}","size":{{length}}}""");
        _diffIds.Add($"\"sha256:{diffId}\"");
    }

    private void Finish(string stringIn, long stringBytes)
    {
        (string config, long configLength) = Blob(stream =>
        {
            Write(stream, $$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[{{string.Join(',', _diffIds)}}]}""");
            if (stringIn == "history")
                Write(stream, ",\"history\":[{\"comment\":\"");
            else if (stringIn == "config")
                Write(stream, ",\"config\":{\"Labels\":{\"a\":\"");
            byte[] piece = Encoding.ASCII.GetBytes(new string('x', 1 << 20));
            for (long left = stringBytes; left > 0; left -= piece.Length)
                stream.Write(piece);
            Write(stream, stringIn switch { "history" => "\"}]}", "config" => "\"}}}", _ => "}" });
        });
        (string manifest, long manifestLength) = Blob(stream => Write(stream,
            $$"""{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{{config}}","size":{{configLength}}},"layers":[{{string.Join(',', _layers)}}]}"""));
        System.IO.File.WriteAllText(Path.Combine(directory, "index.json"),
            $$"""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{manifest}}","size":{{manifestLength}}}]}""");
        System.IO.File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    private static void Write(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));

    private (string Digest, long Length) Blob(Action<Stream> write)
    {
        string unnamed = Path.Combine(directory, "blobs", "sha256", "new");
        string digest;
        long length;
        using (FileStream file = System.IO.File.Create(unnamed, 1 << 20))
        using (HashingStream stream = new(file))
        {
            write(stream);
            (length, digest) = (stream.Length, stream.Digest());
        }
        System.IO.File.Move(unnamed, Path.Combine(directory, "blobs", "sha256", digest), overwrite: true);
        return (digest, length);
    }
}
