using System.Security.Cryptography;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>Several images of one build on one base: what one tree has, another need not read.</summary>
public sealed class NeighbourTests : IDisposable
{
    private static readonly ImageLayer Base = Of(
        Dir("etc", mtime: 5), File("etc/passwd", "app:x:7:8:::"), File("large", TarContent.Generated(400_000, 1)), File("b", mode: "04755"), Hardlink("c", "b"), Symlink("link", "etc"),
        Sparse("hole", TarSparseForm.Pax10, 300_000, (100_000, "data")), File("empty", ""), File("noted", "n") with { Xattrs = [Xattr("user.x", "1")] });

    private readonly Scenario _s = new();
    private readonly Dictionary<string, string> _trees = new(StringComparer.Ordinal);

    public void Dispose() => _s.Dispose();

    [Fact]
    public void A_layer_that_another_tree_of_the_build_has_is_not_opened()
    {
        Make("one", Base, Of(File("top", "1")));
        IReadOnlyList<string> cold = Cold(Base, Of(File("top", "2"), File("etc/own")));

        RootfsResult result = MakeWithout(Base, "two", Base, Of(File("top", "2"), File("etc/own")));

        Assert.True(result.Extracted);
        Assert.Equal(cold, WholeTree.Of(_s["two/rootfs"]));
        Assert.Single(_s.Messages, static m => m.Text.StartsWith("Reading layer", StringComparison.Ordinal));
        Assert.Contains(_s.Messages, m => m.Text.EndsWith($"is taken from '{_s["one/rootfs"]}'.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_tree_that_was_made_so_is_updated_like_any_other_and_has_the_right_bytes()
    {
        Make("one", Base, Of(File("top", "1")));
        MakeWithout(Base, "two", Base, Of(File("top", "2")));

        Assert.False(Make("two", r => r with { Verify = RootfsVerification.Content }, Base, Of(File("top", "2"))).Extracted);
        Assert.Equal(new RootfsChange(Added: 0, Changed: 1, Removed: 0, Paths: 11, LayersRead: 1), MakeWithout(Base, "two", Base, Of(File("top", "3"))).Change);
    }

    [Fact]
    public void A_new_base_below_two_images_is_read_for_the_first_of_them_alone()
    {
        ImageLayer old = Of(File("release", "1"), File("same", "s", mtime: 3), Dir("d"), File("d/x", TarContent.Generated(90_000, 5)));
        ImageLayer changed = Of(File("release", "2"), File("same", "s", mtime: 3), Dir("d"), File("d/x", TarContent.Generated(90_000, 5)), File("d/new"));
        ImageLayer pad = Of(File("pad", TarContent.Generated(500_000, 9)));
        Make("one", old, pad, Of(File("top", "1")));
        Make("two", old, pad, Of(File("top", "2")));
        IReadOnlyList<string> cold = Cold(changed, pad, Of(File("top", "2")));
        Make("one", changed, pad, Of(File("top", "1")));

        RootfsResult result = MakeWithout(changed, "two", changed, pad, Of(File("top", "2")));

        // As without the other tree: files with the bytes that stand are no change.
        Assert.Equal(new RootfsChange(Added: 1, Changed: 1, Removed: 0, Paths: 8, LayersRead: 0), result.Change);
        Assert.Equal(cold, WholeTree.Of(_s["two/rootfs"]));
    }

    [Fact]
    public void What_another_tree_hides_is_read_from_the_image()
    {
        Make("one", Base, Of(File("etc/passwd", "mine"), Whiteout("empty")));
        IReadOnlyList<string> cold = Cold(Base, Of(File("top")));
        _s.Messages.Clear();

        Make("two", Base, Of(File("top")));

        Assert.Equal(cold, WholeTree.Of(_s["two/rootfs"]));
        Assert.Contains(_s.Messages, static m => m.Text.StartsWith("Fetching 2 contents", StringComparison.Ordinal));
    }

    [Fact]
    public void A_layer_of_which_little_stands_is_read()
    {
        Make("one", Base, Of(File("large", "replaced")));
        IReadOnlyList<string> cold = Cold(Base, Of(File("top")));
        _s.Messages.Clear();

        Make("two", Base, Of(File("top")));

        Assert.Equal(cold, WholeTree.Of(_s["two/rootfs"]));
        Assert.Equal(2, _s.Messages.Count(static m => m.Text.StartsWith("Reading layer", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("large")]
    [InlineData("etc/passwd")]
    [InlineData("b")]
    [InlineData("etc")]
    [InlineData("hole")]
    public void What_somebody_has_changed_in_another_tree_is_read_from_the_image(string path)
    {
        Make("one", Base, Of(File("top", "1")));
        IReadOnlyList<string> cold = Cold(Base, Of(File("top", "2")));
        string changed = _s["one/rootfs/" + path];
        if (Directory.Exists(changed))
        {
            Directory.Move(changed, changed + "-old");
            Command.Run("cp", "-a", changed + "-old", changed);
            System.IO.File.WriteAllText(changed + "/passwd", "bad:x:7:8:::");
        }
        else
        {
            DateTime time = System.IO.File.GetLastWriteTimeUtc(changed);
            using (FileStream file = new(changed, FileMode.Open))
                file.WriteByte((byte)'!');
            System.IO.File.SetLastWriteTimeUtc(changed, time);
        }

        Make("two", Base, Of(File("top", "2")));

        Assert.Equal(cold, WholeTree.Of(_s["two/rootfs"]));
    }

    [Theory]
    [InlineData("no state", "")]
    [InlineData("damaged state", "")]
    [InlineData("no mark", "")]
    [InlineData("mark without a key", "")]
    [InlineData("another boot", "")]
    [InlineData("another tree", "")]
    [InlineData("no tree", "")]
    [InlineData("others can write", "")]
    [InlineData("", "another project")]
    [InlineData("", "no updates")]
    public void A_tree_that_nobody_vouches_for_or_that_is_not_wanted_is_not_used(string what, string request)
    {
        Make("one", Base, Of(File("top", "1")));
        IReadOnlyList<string> cold = Cold(Base, Of(File("top", "2")));
        (string mark, string state) = (_s["one/.rootfs.oci"], _s["one/.rootfs.oci-state"]);
        switch (what)
        {
            case "no state":
                System.IO.File.Delete(state);
                break;
            case "damaged state":
                byte[] bytes = System.IO.File.ReadAllBytes(state);
                bytes[bytes.Length / 2] ^= 1;
                System.IO.File.WriteAllBytes(state, bytes);
                break;
            case "no mark":
                System.IO.File.Delete(mark);
                break;
            case "mark without a key":
                System.IO.File.WriteAllText(mark, System.IO.File.ReadAllText(mark).Replace("\"key\": \"", "\"was\": \"", StringComparison.Ordinal));
                break;
            case "another boot":
                System.IO.File.WriteAllText(mark, System.IO.File.ReadAllText(mark).Replace(Oci.Rootfs.State.BootId.Current, "another", StringComparison.Ordinal));
                break;
            case "another tree":
                Directory.Move(_s["one/rootfs"], _s["one/moved"]);
                Command.Run("cp", "-a", _s["one/moved"], _s["one/rootfs"]);
                break;
            case "no tree":
                Directory.Move(_s["one/rootfs"], _s["one/moved"]);
                break;
            case "others can write":
                System.IO.File.SetUnixFileMode(mark, (UnixFileMode)0b110_110_110);
                break;
        }
        _s.Messages.Clear();

        Make("two", r => request == "another project" ? r with { Project = _s["other.csproj"] } : request == "no updates" ? r with { Incremental = false } : r, Base, Of(File("top", "2")));

        Assert.Equal(cold, WholeTree.Of(_s["two/rootfs"]));
        Assert.Equal(2, _s.Messages.Count(static m => m.Text.StartsWith("Reading layer", StringComparison.Ordinal)));
    }

    [Fact]
    public void Each_layer_may_come_from_another_tree_and_one_that_the_image_has_twice_from_one()
    {
        ImageLayer other = Of(File("other", TarContent.Generated(80_000, 3)), File("etc/passwd", "other"));
        Make("one", Base, Of(File("top", "1")));
        Make("two", Of(File("x")), other);
        IReadOnlyList<string> cold = Cold(Base, other, Base);
        _s.Messages.Clear();

        Make("three", Base, other, Base);

        Assert.Equal(cold, WholeTree.Of(_s["three/rootfs"]));
        Assert.DoesNotContain(_s.Messages, static m => m.Text.StartsWith("Reading layer", StringComparison.Ordinal));
    }

    [Fact]
    public void Warnings_of_a_layer_from_another_tree_are_given_for_this_image_too()
    {
        ImageLayer odd = Of(CharDevice("odd", 0, 0), File("pad"));
        Make("one", Base, odd);
        string[] first = [.. Warnings()];
        _s.Messages.Clear();

        Make("two", Base, odd, Of(File("top")));

        Assert.NotEmpty(first);
        Assert.Equal(first.Select(static w => w.Replace("2 of 2", "2 of 3", StringComparison.Ordinal)), Warnings());
    }

    [Fact]
    public void Limits_hold_for_layers_from_another_tree_too()
    {
        Make("one", Base, Of(File("top", "1")));

        OciException error = Assert.Throws<OciException>(() => Make("two", static r => r with { Limits = new RootfsLimits { MaxUncompressedBytes = 500_000 } }, Base, Of(File("top", TarContent.Generated(200_000, 2)))));

        Assert.Equal("OCI4221", error.Code);
        Assert.False(Directory.Exists(_s["two/rootfs"]));
    }

    [Fact]
    public void A_file_that_gets_shorter_while_it_is_read_is_an_error()
    {
        System.IO.File.WriteAllText(_s["f"], "short");
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = System.IO.File.OpenHandle(_s["f"]);
        using Oci.Rootfs.Outputs.ITreeContent content = new Borrowed(file);
        StandingContent standing = new(content, 10, "f"u8.ToArray(), new byte[4096]);
        Assert.True(standing.ReadContent(out _, out ReadOnlySpan<byte> data));
        Assert.Equal(5, data.Length);

        Assert.Equal("OCI5013", Assert.Throws<OciException>(() => standing.ReadContent(out _, out _)).Code);
    }

    private sealed class Borrowed(Microsoft.Win32.SafeHandles.SafeFileHandle file) : Oci.Rootfs.Outputs.ITreeContent
    {
        public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(file, buffer, offset);

        public long NextData(long offset) => offset;

        public void Dispose()
        {
            // The test owns the file.
        }
    }

    private IEnumerable<string> Warnings() => _s.Messages.Where(static m => m.Kind == RootfsMessageKind.Warning && m.Code != "OCI5105").Select(static m => $"{m.Code} {m.Text}");

    private RootfsResult Make(string name, params ImageLayer[] layers) => Make(name, static r => r, layers);

    private RootfsResult Make(string name, Func<RootfsRequest, RootfsRequest> change, params ImageLayer[] layers) => _s.With(layers).Extract(r => change(ForBuild(r, name)));

    /// <summary>Makes a tree of an image of which one blob is damaged: whoever read it would fail.</summary>
    private RootfsResult MakeWithout(ImageLayer damaged, string name, params ImageLayer[] layers)
    {
        string directory = _s[$"images/{Guid.NewGuid():n}"];
        Image.Of(layers).For(null).SaveDirectory(directory);
        System.IO.File.WriteAllBytes($"{directory}/blobs/sha256/{Convert.ToHexStringLower(SHA256.HashData(damaged.Blob))}", new byte[damaged.Blob.Length]);
        _s.Messages.Clear();
        return _s.Extract(r => ForBuild(r, name) with { Image = directory });
    }

    /// <summary>A request of the build that comes next to this tree.</summary>
    private RootfsRequest ForBuild(RootfsRequest request, string name)
    {
        _trees.Remove(_s[name + "/rootfs"]);
        return request with { RootfsDirectory = _s[name + "/rootfs"], Outputs = [], Project = _s["project.csproj"], TreesOfThisBuild = _trees };
    }

    private IReadOnlyList<string> Cold(params ImageLayer[] layers)
    {
        string place = _s[$"cold/{Guid.NewGuid():n}/rootfs"];
        _s.With(layers).Extract(r => r with { RootfsDirectory = place, Outputs = [], Incremental = false });
        return WholeTree.Of(place);
    }
}
