using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Layers;

/// <summary>Layers of several images: written down for those that come after, and only as long as there are any.</summary>
public sealed class SharedLayersTests : IDisposable
{
    private static readonly Digest Layer = DigestOf('1');
    private static readonly Digest Other = DigestOf('2');
    private static readonly byte[] Tar = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * 7 / 3))];

    private readonly TempDirectory _temp = new();
    private int _decoded;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void The_first_decodes_it_and_the_others_read_the_same()
    {
        using SharedLayers shared = Of([Layer], [Layer], [Layer, Other]);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Tar, Read(shared));
            shared.Done([Layer]);
        }
        Assert.Equal(1, _decoded);
    }

    [Fact]
    public void It_is_kept_until_the_last_is_done_and_no_longer()
    {
        using SharedLayers shared = Of([Layer], [Layer]);
        Read(shared);
        shared.Done([Layer]);
        Assert.Single(KeptLayers.In(_temp.Path));
        Read(shared);
        shared.Done([Layer]);
        Assert.Empty(KeptLayers.In(_temp.Path));
    }

    [Fact]
    public void For_the_last_nothing_is_written()
    {
        using SharedLayers shared = Of([Layer], [Layer]);
        shared.Done([Layer]);
        Assert.Equal(Tar, Read(shared));
        Assert.Equal(Tar, Read(shared));
        Assert.Equal(2, _decoded);
        Assert.Empty(KeptLayers.In(_temp.Path));
    }

    [Fact]
    public void A_layer_of_one_image_is_not_kept_however_often_it_has_it()
    {
        using SharedLayers shared = Of([Layer, Layer], [Other]);
        Assert.Equal(Tar, Read(shared));
        Assert.Empty(KeptLayers.In(_temp.Path));
    }

    [Fact]
    public void An_image_that_has_it_twice_is_one_user()
    {
        using SharedLayers shared = Of([Layer, Layer], [Layer]);
        Read(shared);
        shared.Done([Layer, Layer]);
        Assert.Equal(Tar, Read(shared));
        Assert.Equal(1, _decoded);
    }

    private SharedLayers Of(params Digest[][] images) => new(images, _temp.Path);

    private byte[] Read(SharedLayers shared)
    {
        using Stream stream = shared.Open(Layer, new InflationBudget(new RootfsLimits()), RootfsLog.None, Decode);
        using MemoryStream read = new();
        stream.CopyTo(read);
        return read.ToArray();
    }

    private MemoryStream Decode()
    {
        _decoded++;
        return new MemoryStream(Tar);
    }

    private static Digest DigestOf(char digit)
    {
        Assert.True(Digest.TryParse("sha256:" + new string(digit, 64), out Digest? digest));
        return digest;
    }
}
