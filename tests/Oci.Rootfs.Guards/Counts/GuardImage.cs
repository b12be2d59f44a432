using Oci.Images;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// The image of the counts. Each layer writes all shared files again, so that only the last layer's survive, and has files of its own.
/// The layer on top hides some of those.
/// </summary>
internal sealed class GuardImage
{
    private const int LayerCount = 4;

    /// <summary>More directories than may be open at once, with one small file in each; and a few files that no other layer has.</summary>
    private const int DirectoryCount = 1500, OwnFiles = 20;

    private const int BigFile = 3 << 20;

    private const long Time = 1_700_000_000;

    private readonly ImageLayout _layout;

    private GuardImage(string directory, ImageLayout layout, IReadOnlyDictionary<string, long> layers, IReadOnlyDictionary<string, long> files) =>
        (Directory, _layout, Layers, Files) = (directory, layout, layers, files);

    public string Directory { get; }

    /// <summary>Sizes of the layers' blobs, by path.</summary>
    public IReadOnlyDictionary<string, long> Layers { get; }

    /// <summary>Sizes of the files that survive, by name.</summary>
    public IReadOnlyDictionary<string, long> Files { get; }

    /// <summary>The number of files of all layers, whether they survive or not.</summary>
    public required int Contents { get; init; }

    /// <summary>What <see cref="WriteChanged"/> changes: files, a directory with a file more, and one less.</summary>
    public const int ChangedFiles = 20, ChangedPaths = ChangedFiles + 4;

    private ImageLayer[] _known = [];
    private ImageLayer? _changed;

    /// <summary>The same image with another layer on top. Only that layer's blob is where it should be: whoever opens another one fails.</summary>
    /// <returns>The path of the top layer's blob.</returns>
    public string WriteChanged(string directory)
    {
        Image.Of([.. _known, _changed!]).For("linux/amd64").Tagged("latest").SaveDirectory(directory);
        foreach (ImageLayer layer in _known)
        {
            string blob = Path.Combine(directory, ImageLayout.Path(new ImageLayout().Add(layer.Blob)));
            File.WriteAllBytes(blob, new byte[layer.Blob.Length]);
        }
        return Path.Combine(directory, ImageLayout.Path(new ImageLayout().Add(_changed!.Blob)));
    }

    public static GuardImage Write(string directory)
    {
        List<ImageLayer> layers = [];
        int contents = 0;
        Dictionary<string, long> files = new(StringComparer.Ordinal);
        for (int number = 0; number < LayerCount; number++)
        {
            Dictionary<string, long> own = FilesOf(number);
            byte[] tar = Tars.Of(own.Select(f => Tars.File(f.Key, Content(number, f.Value), mtime: Time)));
            layers.Add(number % 2 == 1 ? ImageLayer.Gzip(tar) : ImageLayer.Plain(tar));
            foreach ((string name, long size) in own)
                files[name] = size;
            contents += own.Count;
        }
        ImageLayer[] known = [.. layers];
        TarItem[] top = [Tars.Opaque("own0"), Tars.Whiteout("own1/file-0"), Tars.Whiteout("big2"), Tars.Symlink("link", "shared/d0", mtime: Time)];
        layers.Add(Tars.Of(top));
        ImageLayout layout = Image.Of(layers).For("linux/amd64").Tagged("latest").ToLayout();
        layout.SaveDirectory(directory);
        return new GuardImage(
            directory,
            layout,
            layers.ToDictionary(l => Path.Combine(directory, ImageLayout.Path(new ImageLayout().Add(l.Blob))), static l => (long)l.Blob.Length),
            files.Where(static f => !f.Key.StartsWith("own0/", StringComparison.Ordinal) && f.Key is not ("own1/file-0" or "big2")).ToDictionary())
        {
            Contents = contents,
            _known = known,
            _changed = Tars.Of([.. top, .. Enumerable.Range(0, ChangedFiles).Select(static i => Tars.File($"own3/file-{i}", "changed")), Tars.File("more/new", "new"), Tars.Whiteout("shared/d7")]),
        };
    }

    /// <summary>
    /// The same image as an archive that is compressed as a whole. Archivers write directories, and fractions of seconds in PAX headers: both
    /// have code of ours that could be compiled.
    /// </summary>
    public void WriteCompressedArchive(string path)
    {
        TarItem[] directories = [Tars.Dir("blobs"), Tars.Dir("blobs/sha256")];
        IEnumerable<TarItem> files = _layout.Entries().OrderBy(static e => e.Name.ToString().StartsWith("blobs/", StringComparison.Ordinal));
        File.WriteAllBytes(path, ImageLayer.GzipOf(Tars.Of(directories.Concat(files).Select(static e => e with { Mtime = Time, Nanoseconds = 500_000_000 }))));
    }

    private static Dictionary<string, long> FilesOf(int layer)
    {
        Dictionary<string, long> files = new(StringComparer.Ordinal);
        for (int directory = 0; directory < DirectoryCount; directory++)
            files[$"shared/d{directory}/file"] = 100 + directory + layer;
        for (int file = 0; file < OwnFiles; file++)
            files[$"own{layer}/file-{file}"] = 1000 * file + layer;
        files[$"big{layer}"] = BigFile + layer;
        return files;
    }

    private static byte[] Content(int layer, long size)
    {
        byte[] content = new byte[size];
        content.AsSpan().Fill((byte)('A' + layer));
        return content;
    }
}
