using Oci.Images;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Tests.Compression;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>ISA-L is used where it is, and nobody notices where it is not.</summary>
public sealed class IsalTests : IDisposable
{
    private const string Library = "libisal.so.2";

    private readonly Scenario _s = new Scenario().With(ImageLayer.Gzip(Tars.Of(Tars.File("a", "1"), Tars.File("b", TarContent.Generated(300_000, 1))), members: 3));

    public void Dispose() => _s.Dispose();

    [Fact]
    public void The_library_is_used_where_it_is_installed()
    {
        Assert.SkipUnless(IsalLibrary.IsUsable, GzipByIsalTests.NotInstalled);
        Assert.Contains(Library, Extract(null), StringComparison.Ordinal);
    }

    [Fact]
    public void Switched_off_it_is_not_even_loaded() => Assert.DoesNotContain(Library, Extract(null, "--no-isal"), StringComparison.Ordinal);

    [Fact]
    public void The_tree_is_the_same_without_it_and_is_up_to_date_with_it()
    {
        _s.Extract(r => r.With(OutputKind.Mtree, _s["without.mtree"]) with { RootfsDirectory = _s["without/rootfs"], UseIsal = false });
        _s.Extract();
        Assert.Equal(DiskTree.Of(_s["without/rootfs"]), DiskTree.Of(_s.Rootfs));
        Assert.Equal(File.ReadAllBytes(_s["without.mtree"]), File.ReadAllBytes(_s.Record));
        Assert.False(_s.Extract(static r => r with { UseIsal = false }).Extracted);
    }

    [Fact]
    public void A_file_of_its_name_that_is_no_library_is_as_none()
    {
        Directory.CreateDirectory(_s["lib"]);
        File.WriteAllText(_s["lib/" + Library], "no library at all, and longer than the header of one would be: 64 bytes");
        Assert.DoesNotContain(Library, Extract(_s["lib"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_library_under_its_name_is_as_none()
    {
        Directory.CreateDirectory(_s["lib"]);
        string other = Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so");
        File.Copy(other, _s["lib/" + Library]);
        // Loaded, and found out.
        Assert.Contains(Library, Extract(_s["lib"]), StringComparison.Ordinal);
    }

    /// <returns>The libraries that were loaded.</returns>
    private string Extract(string? libraries, params string[] options)
    {
        CommandResult result = Command.RunnerUnder(libraries is null ? [] : ["env", "LD_LIBRARY_PATH=" + libraries], ["extract", _s.Image, _s.Rootfs, "--libraries", .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("1", _s.Read("a"));
        return result.Output.Split('\n').Single(static l => l.StartsWith("libraries=", StringComparison.Ordinal));
    }
}
