using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tests.Collections;

public sealed class ZeroRunsTests
{
    private const int Least = ZeroRuns.LeastHole;

    [Theory]
    [InlineData(1, Least, 1)]
    [InlineData(Least / 2, Least, Least)]
    [InlineData((Least / 2) + 1, Least + 1, 3)]
    [InlineData((3 * Least) - 1, 2 * Least, 100)]
    public void A_long_run_is_found_wherever_it_begins(int before, int zeros, int after) =>
        Assert.Equal([(before, before + zeros)], Runs(Data(before, zeros, after)));

    [Fact]
    public void A_shorter_run_between_data_is_none() => Assert.Empty(Runs(Data(Least, Least - 1, Least)));

    [Fact]
    public void A_block_at_either_end_may_go_on_in_the_next_piece() =>
        Assert.Equal([(0, 4096), (14_096, 18_200)], Runs(Data(0, 4096, 10_000, 4104)));

    [Fact]
    public void Less_than_a_block_at_either_end_is_none() => Assert.Empty(Runs(Data(0, 4095, 10_000, 4095)));

    [Fact]
    public void Nothing_but_zeros_is_one_run() => Assert.Equal([(0, 300_000)], Runs(new byte[300_000]));

    [Fact]
    public void Several_runs_are_found_one_after_the_other() =>
        Assert.Equal([(0, 70_000), (70_001, 140_001), (140_100, 300_000)], Runs(Data(0, 70_000, 1, 70_000, 99, 159_900)));

    [Fact]
    public void Of_random_pieces_every_long_run_is_found_and_nothing_but_zeros()
    {
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            byte[] data = Data([.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(random.Next(3) == 0 ? 10 : 2 * Least))]);
            foreach ((int start, int end) in Runs(data))
            {
                Assert.True(start < end && !data.AsSpan(start, end - start).ContainsAnyExcept((byte)0));
                data.AsSpan(start, end - start).Fill(1);
            }
            Assert.Equal(-1, data.AsSpan().IndexOf(new byte[Least]));
        }
    }

    /// <summary>Data and zeros in turns.</summary>
    private static byte[] Data(params int[] lengths)
    {
        List<byte> data = [];
        for (int i = 0; i < lengths.Length; i++)
            data.AddRange(Enumerable.Repeat((byte)((i + 1) % 2), lengths[i]));
        return [.. data];
    }

    private static List<(int Start, int End)> Runs(byte[] data)
    {
        List<(int, int)> runs = [];
        for (int at = 0; ZeroRuns.Next(data, at, out int start, out int end); at = end)
            runs.Add((start, end));
        return runs;
    }
}
