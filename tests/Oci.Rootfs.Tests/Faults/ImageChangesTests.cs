using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>An image that changes while it is read, or that is not to be read at all.</summary>
public sealed class ImageChangesTests
{
    [Fact]
    public void An_archive_cut_off_while_it_is_read_is_an_error() => Changed(static image => Command.Run("truncate", "-s", "9000000", image), fails: true);

    [Fact]
    public void An_archive_emptied_while_it_is_read_is_an_error() => Changed(static image => Command.Run("truncate", "-s", "0", image), fails: true);

    [Fact]
    public void An_archive_overwritten_while_it_is_read_is_an_error()
        => Changed(static image => Command.Run("dd", "if=/dev/zero", "of=" + image, "bs=1M", "seek=25", "count=10", "conv=notrunc"), fails: true);

    [Fact]
    public void An_archive_replaced_by_another_while_it_is_read_is_read_to_its_end() => Changed(static image =>
    {
        File.WriteAllText(image + ".other", "another file");
        File.Move(image + ".other", image, overwrite: true);
    }, fails: false);

    [Fact]
    public void An_archive_removed_while_it_is_read_is_read_to_its_end() => Changed(File.Delete, fails: false);

    [Theory]
    [InlineData("image")]
    [InlineData("layout/index.json")]
    [InlineData("layout/blobs")]
    public void A_FIFO_is_refused_at_once(string place)
    {
        using Scenario s = new();
        Image.Of(Tars.Of(Tars.File("f", "1"))).For(null).SaveDirectory(s["layout"]);
        string fifo = place.EndsWith("blobs", StringComparison.Ordinal) ? Directory.GetFiles(s["layout/blobs/sha256"])[0] : s[place];
        File.Delete(fifo);
        Assert.Equal(0, Command.Run("mkfifo", fifo).ExitCode);

        OciException error = s.Fails(r => r with { Image = s[place.Split('/')[0]] });

        Assert.StartsWith("OCI10", error.Code, StringComparison.Ordinal);
        Assert.Contains("FIFO", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(s["out"]));
    }

    [Fact]
    public void An_image_on_a_pipe_is_refused_at_once()
    {
        using Scenario s = new Scenario().With(Tars.Of(Tars.File("f", "1")));

        CommandResult piped = Command.Run("sh",
            ["-c", "image=$1; shift; cat \"$image\" | \"$@\"", "-", s.Image, .. Command.RunnerCommand("extract", "/dev/stdin", s.Rootfs)]);

        Assert.Equal(1, piped.ExitCode);
        Assert.StartsWith("OCI1003", piped.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(s["out"]));
    }

    [Theory]
    [InlineData("layout", "0000")]
    [InlineData("layout", "0444")]
    [InlineData("layout/blobs/sha256", "0000")]
    [InlineData("layout/index.json", "0000")]
    public void A_layout_without_read_permission_is_a_coded_error(string closed, string mode)
    {
        using Scenario s = new();
        Image.Of(Tars.Of(Tars.File("f", "1"))).For(null).SaveDirectory(s["layout"]);
        Assert.Equal(0, Command.Run("chmod", mode, s[closed]).ExitCode);

        CommandResult result = Command.RunnerAsUser("extract", s["layout"], s.Rootfs);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("OCI1002", result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(s["out"]));
    }

    [Fact]
    public void A_disk_that_fails_to_read_is_a_coded_error()
    {
        using TwoImages images = new TwoImages().WithOld();

        CommandResult result = Strace.FailReads(images.NewImage, 4, images.Arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("OCI10", result.Error, StringComparison.Ordinal);
        images.ShouldBeUntouched(hadOld: true);
        images.NextBuildMakesTheNewTree();
    }

    /// <summary>The build is stopped as soon as it has begun to read layers; then the change is made.</summary>
    private static void Changed(Action<string> change, bool fails)
    {
        using TwoImages images = new TwoImages(heavy: true).WithNewImageOfItsOwn().WithOld();
        using StoppedBuild build = StoppedBuild.Start(images);

        change(images.NewImage);
        CommandResult result = build.GoOn();

        if (fails)
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Matches("^OCI[13][0-9]{3}: ", result.Error);
            images.ShouldBeUntouched(hadOld: true);
        }
        else
        {
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.True(images.IsNew());
        }
        File.Copy(ImagePair.Heavy.NewImage, images.NewImage, overwrite: true);
        images.NextBuildMakesTheNewTree();
    }
}
