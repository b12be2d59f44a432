using System.Text;
using System.Text.RegularExpressions;
using Oci.Images;

namespace Oci.Rootfs.Fuzz;

/// <summary>The image of one case, made from its seed alone (and from the peers' archives, if they are given).</summary>
internal sealed partial class FuzzImage(Random random, IReadOnlyList<byte[]> peers)
{
    /// <summary>xz, lz4, ELF, zip, and the formats that the engine reads.</summary>
    private static readonly byte[][] Magics =
        [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], [4, 0x22, 0x4d, 0x18], [0x7f, 0x45, 0x4c, 0x46], [0x50, 0x4b, 3, 4], [0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], [0x42, 0x5a, 0x68]];

    public byte[] Make(FuzzKind kind) => kind switch
    {
        FuzzKind.Archive => Archive(),
        FuzzKind.Tar => Corpus.Image(random, tar => TarMutator.Mutate(random, tar)).ToLayout().ToArchive(),
        FuzzKind.Pax => Corpus.Image(random, tar => TarMutator.MutatePax(random, tar)).ToLayout().ToArchive(),
        FuzzKind.Json => Json(),
        FuzzKind.Gzip => Compressed(static (tar, pieces) => ImageLayer.GzipOf(tar, pieces), "application/vnd.oci.image.layer.v1.tar+gzip"),
        FuzzKind.Zstd => Compressed(ZstdCompressor.Compress, "application/vnd.oci.image.layer.v1.tar+zstd"),
        FuzzKind.Large => Large(),
        _ => Image.Of(HostileStack.Layers(random)).For(null).ToLayout().ToArchive(),
    };

    private byte[] Archive()
    {
        byte[] good = random.Next(peers.Count > 0 ? 5 : 4) switch
        {
            0 => Tars.Of(ImageDockerArchive.Entries((DockerForm)random.Next(3), Corpus.Image(random))),
            4 => peers[random.Next(peers.Count)],
            _ => Corpus.Image(random).ToLayout().ToArchive(random.Next(4) == 0 ? "./" : ""),
        };
        return random.Next(3) == 0 ? ByteMutator.Mutate(random, good) : TarMutator.Mutate(random, good);
    }

    private byte[] Compressed(Func<byte[], int, byte[]> compress, string mediaType)
    {
        byte[] tar = Corpus.Tars[random.Next(Corpus.Tars.Count)];
        byte[] blob = ByteMutator.Mutate(random, compress(tar, random.Next(1, 4)));
        return Image.Of(ImageLayer.Plain(Corpus.Tars[0]), ImageLayer.Make(tar, blob, mediaType)).For(null).ToLayout().ToArchive();
    }

    private byte[] Large()
    {
        byte[] noise = new byte[random.Next(1 << 20, 3 << 20)];
        random.NextBytes(noise);
        byte[] tar = Tars.Of(Tars.File("noise", noise));
        byte[] blob = random.Next(3) switch { 0 => [.. tar], 1 => ImageLayer.GzipOf(tar), _ => ImageLayer.ZstdOf(tar) };
        if (random.Next(2) == 0)
            Magics[random.Next(Magics.Length)].CopyTo(blob, 0);
        else
            blob = ByteMutator.Mutate(random, blob);
        return Image.Of(ImageLayer.Make(tar, blob, "application/vnd.oci.image.layer.v1.tar")).For(null).ToLayout().ToArchive();
    }

    private byte[] Json()
    {
        Image image = Corpus.Image(random);
        if (random.Next(5) == 0)
            return DockerJson(image);
        ImageLayout layout = ImageLayout.Of(random.Next(3) == 0 ? new ImageIndex(image) : image);
        string chosen = layout.Files.Keys.Where(name => layout.Files[name] is [(byte)'{', ..]).Order(StringComparer.Ordinal).ElementAt(random.Next(3));
        Replace(layout, chosen, JsonMutator.Mutate(random, layout.Files[chosen]));
        return layout.ToArchive();
    }

    private byte[] DockerJson(Image image)
    {
        List<TarItem> entries = [.. ImageDockerArchive.Entries((DockerForm)random.Next(3), image).Cast<TarItem>()];
        int at = entries.FindIndex(static e => e.Name.ToString() == "manifest.json");
        byte[] document = JsonMutator.Mutate(random, Encoding.UTF8.GetBytes(Text(entries[at])));
        entries[at] = Tars.File("manifest.json", document);
        return Tars.Of(entries);
    }

    private static string Text(TarItem item)
    {
        using MemoryStream text = new();
        item.Content.WriteTo(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Replaces the document in a blob. Documents that name the blob by its digest and size then name the new one.</summary>
    private static void Replace(ImageLayout layout, string name, byte[] document)
    {
        if (!name.StartsWith("blobs/sha256/", StringComparison.Ordinal))
        {
            layout.Files[name] = document;
            return;
        }
        layout.Files.Remove(name);
        string digest = layout.Add(document);
        Regex descriptor = new($"\"digest\":\"sha256:{name[13..]}\",\"size\":[0-9]+", RegexOptions.CultureInvariant);
        foreach (string other in layout.Files.Keys.Where(n => layout.Files[n] is [(byte)'{', ..] && n != ImageLayout.Path(digest)).ToList())
        {
            // In a cycle of documents, this replacement has already replaced the other document.
            string text = layout.Files.TryGetValue(other, out byte[]? standing) ? Encoding.UTF8.GetString(standing) : "";
            if (descriptor.IsMatch(text))
                Replace(layout, other, Encoding.UTF8.GetBytes(descriptor.Replace(text, $"\"digest\":\"{digest}\",\"size\":{document.Length}")));
        }
    }
}
