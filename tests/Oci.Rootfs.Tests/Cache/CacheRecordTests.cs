using System.Text;
using Oci.Rootfs.Cache;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Tests.Cache;

/// <summary>Whoever may write to the cache may write anything into a record.</summary>
public sealed class CacheRecordTests
{
    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly CacheRecord Extreme = new(
        new FileIdentity(ulong.MaxValue, ulong.MaxValue, long.MaxValue, new FileInstant(long.MinValue, uint.MaxValue), new FileInstant(-1, 0)), Digest,
        new FileIdentity(0, 1, 2, new FileInstant(3, 4), new FileInstant(5, 6)));

    private static string Text => Encoding.UTF8.GetString(Extreme.ToBytes());

    [Fact]
    public void What_was_written_is_read() => Assert.Equal(Extreme, CacheRecord.Parse(Extreme.ToBytes()));

    [Fact]
    public void A_record_cut_off_at_any_length_is_none()
    {
        byte[] whole = Extreme.ToBytes();
        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Null(CacheRecord.Parse(whole.AsMemory(0, length))));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("42")]
    [InlineData("\0\0")]
    [InlineData("{\"format\":1}")]
    public void What_is_something_else_is_no_record(string text) => Assert.Null(CacheRecord.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Depth_without_end_is_no_record() => Assert.Null(CacheRecord.Parse(Encoding.UTF8.GetBytes(Text.Replace("\"size\": 2", "\"size\": " + new string('[', 50_000), StringComparison.Ordinal))));

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2")]
    [InlineData("\"format\"", "\"version\"")]
    [InlineData("\"archive\"", "\"archives\"")]
    [InlineData("\"unpacked\"", "\"packed\"")]
    [InlineData("\"inode\": 1", "\"inode\": -1")]
    [InlineData("\"inode\": 1,", "")]
    [InlineData("\"size\": 2", "\"size\": 1e99")]
    [InlineData("\"size\": 2", "\"size\": 2.5")]
    [InlineData("\"size\": 2", "\"size\": \"2\"")]
    [InlineData("\"nanoseconds\": 4", "\"nanoseconds\": 4294967296")]
    [InlineData("\"nanoseconds\": 6", "\"nanoseconds\": null")]
    [InlineData(Digest, "")]
    [InlineData(Digest, "../../../../../../../../../../../../../../../../../../../../etc/p")]
    [InlineData("\"" + Digest, "\"0" + Digest)]
    [InlineData("\"0", "\"A")]
    [InlineData("\"0", "\"\\ud800")]
    [InlineData("\"" + Digest + "\"", "7")]
    public void A_record_with_one_thing_wrong_is_none(string from, string to)
    {
        Assert.Contains(from, Text, StringComparison.Ordinal);
        Assert.Null(CacheRecord.Parse(Encoding.UTF8.GetBytes(Text.Replace(from, to, StringComparison.Ordinal))));
    }
}
