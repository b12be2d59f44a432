using Oci.Rootfs.Context;

namespace Oci.Rootfs.Tests.Context;

public sealed class ProgressTests
{
    private const long MB = 1_000_000;

    private readonly HandClock _clock = new();
    private readonly List<RootfsMessage> _messages = [];
    private readonly Progress _progress;

    public ProgressTests() => _progress = new Progress(new EngineContext(new RootfsLimits(), new RootfsLog(_messages.Add)) { Clock = _clock });

    private string Said => Assert.Single(_messages).Text;

    [Fact]
    public void A_work_shorter_than_the_interval_says_nothing()
    {
        _clock.Pass(Progress.Interval.TotalSeconds - 0.001);
        _progress.Layer(0, 1, 1, 2, 3);
        _progress.Archive("app.tar.gz", 1, 2);
        _progress.Tree(1, 2);
        _progress.Archives(1, 2, 3);

        Assert.Empty(_messages);
    }

    [Fact]
    public void A_layer_is_said_with_its_share_and_the_speed_at_normal_importance()
    {
        _clock.Pass(5);
        _progress.Layer(1, 3, 50 * MB, 200 * MB, 90 * MB);

        Assert.Equal("Layer 2 of 3: 25 % of 200.0 MB read, 10.0 MB/s.", Said);
        Assert.Equal(RootfsMessageKind.Normal, _messages[0].Kind);
    }

    [Fact]
    public void The_next_message_comes_an_interval_later_with_the_speed_since_the_last_one()
    {
        _clock.Pass(5);
        _progress.Layer(0, 1, 50 * MB, 200 * MB, 0);
        _clock.Pass(2.9);
        _progress.Layer(0, 1, 60 * MB, 200 * MB, 0);
        _clock.Pass(1.1);
        _progress.Layer(0, 1, 70 * MB, 200 * MB, 0);

        Assert.Equal(2, _messages.Count);
        Assert.Equal("Layer 1 of 1: 35 % of 200.0 MB read, 5.0 MB/s.", _messages[1].Text);
    }

    [Fact]
    public void The_speed_counts_the_layers_since_the_last_message()
    {
        _progress.Layer(2, 3, 10 * MB, 10 * MB, 0);
        _progress.Layer(1, 3, 20 * MB, 20 * MB, 0);
        _clock.Pass(10);
        _progress.Layer(0, 3, 30 * MB, 40 * MB, 0);

        Assert.Equal("Layer 1 of 3: 75 % of 40.0 MB read, 6.0 MB/s.", Said);
    }

    [Fact]
    public void A_second_pass_over_the_same_layer_is_read_from_its_beginning()
    {
        _progress.Layer(0, 1, 30 * MB, 30 * MB, 0);
        _clock.Pass(10);
        _progress.Layer(0, 1, 15 * MB, 30 * MB, 0);

        Assert.Equal("Layer 1 of 1: 50 % of 30.0 MB read, 4.5 MB/s.", Said);
    }

    [Fact]
    public void A_layer_kept_for_several_platforms_has_no_blob_to_read()
    {
        _clock.Pass(5);
        _progress.Layer(0, 2, 0, 10 * MB, 25 * MB);

        Assert.Equal("Layer 1 of 2: 25.0 MB of its contents read.", Said);
    }

    [Theory]
    [InlineData(20, 10)]
    [InlineData(20, 0)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void No_blob_is_more_than_whole(long bytes, long size)
    {
        _clock.Pass(5);
        _progress.Layer(0, 1, bytes, size, 0);

        Assert.StartsWith("Layer 1 of 1: 100 % of ", Said, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_compressed_as_a_whole_is_said_with_its_name()
    {
        _clock.Pass(4);
        _progress.Archive("app.tar.gz", 3 * MB, 4 * MB);

        Assert.Equal("'app.tar.gz': 75 % of 4.0 MB read, 0.8 MB/s.", Said);
    }

    [Fact]
    public void Archives_are_said_with_the_paths_done_and_the_length_of_the_tar()
    {
        _clock.Pass(4);
        _progress.Archives(7, 120, 3 * MB);

        Assert.Equal("Writing archives: 7 of 120 paths done, 3.0 MB of tar.", Said);
    }

    [Fact]
    public void The_tree_is_said_with_the_paths_done_of_all()
    {
        _clock.Pass(4);
        _progress.Tree(7, 120);
        _progress.Tree(8, 120);

        Assert.Equal("Writing the tree: 7 of 120 paths done.", Said);
    }
}
