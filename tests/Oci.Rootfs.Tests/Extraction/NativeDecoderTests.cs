using System.Globalization;
using System.Runtime.InteropServices;
using Oci.Images;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Tests.Compression;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Native decoders are used where they are, and nobody notices where they are not.</summary>
public sealed class NativeDecoderTests : IDisposable
{
    private const string Isal = "libisal.so.2", Zstd = "libzstd.so.1", Managed = "ZstdSharp.dll";

    /// <summary>As many bytes of memory as MaxZstdWindowBytes allows by default.</summary>
    private const int WindowBytes = 128 << 20;

    private static readonly byte[] Tar = Tars.Of(Tars.File("a", "1"), Tars.File("b", TarContent.Generated(300_000, 1)));

    private readonly Scenario _s = new();
    private int _trees;

    public void Dispose() => _s.Dispose();

    [Fact]
    public void ISA_L_is_used_where_it_is_installed_and_no_decoder_of_zstd_is_loaded_for_gzip()
    {
        Assert.SkipUnless(IsalLibrary.IsUsable, GzipByIsalTests.NotInstalled);
        string loaded = ExtractGzip(null);
        Assert.Contains(Isal, loaded, StringComparison.Ordinal);
        Assert.DoesNotContain(Managed, loaded, StringComparison.Ordinal);
    }

    [Fact]
    public void Libzstd_is_used_where_it_is_installed_and_the_managed_decoder_is_not_even_loaded()
    {
        Assert.SkipUnless(ZstdLibrary.IsUsable, ZstdByLibraryTests.NotInstalled);
        string loaded = ExtractZstd(null);
        Assert.Contains(Zstd, loaded, StringComparison.Ordinal);
        Assert.DoesNotContain(Managed, loaded, StringComparison.Ordinal);
    }

    [Fact]
    public void Switched_off_they_are_not_even_loaded()
    {
        string loaded = ExtractGzip(null, "--no-native-decoders");
        Assert.DoesNotContain(Isal, loaded, StringComparison.Ordinal);
        Assert.DoesNotContain(Managed, loaded, StringComparison.Ordinal);
        bool isLoadedAnyway = loaded.Contains(Zstd, StringComparison.Ordinal); // By OpenSSL, where that is linked with it.
        loaded = ExtractZstd(null, "--no-native-decoders");
        Assert.Contains(Managed, loaded, StringComparison.Ordinal);
        Assert.Equal(isLoadedAnyway, loaded.Contains(Zstd, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_tree_is_the_same_without_them_and_is_up_to_date_with_them(bool isZstd)
    {
        _s.With(isZstd ? ImageLayer.Zstd(Tar, 3) : ImageLayer.Gzip(Tar, 3));
        _s.Extract(r => r.With(OutputKind.Mtree, _s["without.mtree"]) with { RootfsDirectory = _s["without/rootfs"], UseNativeDecoders = false });
        _s.Extract();
        Assert.Equal(DiskTree.Of(_s["without/rootfs"]), DiskTree.Of(_s.Rootfs));
        Assert.Equal(File.ReadAllBytes(_s["without.mtree"]), File.ReadAllBytes(_s.Record));
        Assert.False(_s.Extract(static r => r with { UseNativeDecoders = false }).Extracted);
    }

    [Fact]
    public void Files_of_their_names_that_are_no_libraries_are_as_none()
    {
        SkipWhereOpenSslNeedsZstd();
        Directory.CreateDirectory(_s["lib"]);
        foreach (string library in (string[])[Isal, Zstd])
            File.WriteAllText(_s["lib/" + library], "no library at all, and longer than the header of one would be: 64 bytes");
        Assert.DoesNotContain(Isal, ExtractGzip(_s["lib"]), StringComparison.Ordinal);
        Assert.Contains(Managed, ExtractZstd(_s["lib"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_libraries_under_their_names_are_as_none()
    {
        SkipWhereOpenSslNeedsZstd();
        Directory.CreateDirectory(_s["lib"]);
        foreach (string library in (string[])[Isal, Zstd])
            File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"), _s["lib/" + library]);
        // Loaded, and found out.
        Assert.Contains(Isal, ExtractGzip(_s["lib"]), StringComparison.Ordinal);
        string loaded = ExtractZstd(_s["lib"]);
        Assert.Contains(Zstd, loaded, StringComparison.Ordinal);
        Assert.Contains(Managed, loaded, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_window_that_is_claimed_and_not_used_costs_no_memory(bool useNative)
    {
        byte[] tar = Tars.Of(Tars.File("a", "1"));
        Assert.InRange(Peak(WindowBytes), 1, Peak(1 << 20) + (WindowBytes / 4));

        // A frame of one raw block, whose size the header does not say.
        long Peak(int window)
        {
            int block = (tar.Length << 3) | 1;
            byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0, (byte)((int.Log2(window) - 10) << 3), (byte)block, (byte)(block >> 8), (byte)(block >> 16), .. tar];
            string output = Run(ImageLayer.Make(tar, frame, ImageLayer.Zstd(tar).MediaType), null, useNative ? ["--peak"] : ["--peak", "--no-native-decoders"]);
            string peak = output.Split('\n').Single(static l => l.StartsWith("peak=", StringComparison.Ordinal));
            return 1024 * long.Parse(peak["peak=".Length..^" kB".Length], CultureInfo.InvariantCulture);
        }
    }

    private string ExtractGzip(string? libraries, params string[] options) => Extract(ImageLayer.Gzip(Tar, 3), libraries, options);

    private string ExtractZstd(string? libraries, params string[] options) => Extract(ImageLayer.Zstd(Tar, 3), libraries, options);

    /// <returns>The libraries and assemblies that were loaded.</returns>
    private string Extract(ImageLayer layer, string? libraries, string[] options) =>
        Run(layer, libraries, ["--libraries", .. options]).Split('\n').Single(static l => l.StartsWith("libraries=", StringComparison.Ordinal));

    private string Run(ImageLayer layer, string? libraries, string[] options)
    {
        _s.With(layer);
        string rootfs = _s[string.Create(CultureInfo.InvariantCulture, $"tree{_trees++}/rootfs")];
        CommandResult result = Command.RunnerUnder(libraries is null ? [] : ["env", "LD_LIBRARY_PATH=" + libraries], ["extract", _s.Image, rootfs, .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("1", File.ReadAllText(Path.Combine(rootfs, "a")));
        return result.Output;
    }

    private void SkipWhereOpenSslNeedsZstd() => Assert.SkipWhen(
        ExtractGzip(null, "--no-native-decoders").Contains(Zstd, StringComparison.Ordinal), "OpenSSL, which .NET needs, is linked with libzstd.so.1 here");
}
