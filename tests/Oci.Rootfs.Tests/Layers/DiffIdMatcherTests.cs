using System.Security.Cryptography;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Spec;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Layers;

public sealed class DiffIdMatcherTests
{
    private static Digest Of(string content, bool sha512 = false)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(content);
        string text = sha512 ? "sha512:" + Convert.ToHexStringLower(SHA512.HashData(bytes)) : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.True(Digest.TryParse(text, out Digest? digest));
        return digest;
    }

    private static IReadOnlyList<Digest> Computed(string content, IReadOnlyList<Digest> diffIds)
    {
        using LayerInput input = new(() => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)), diffIds.Select(static d => d.Algorithm).Distinct(), new ChunkPool(), LayerInput.UsualReserve, null, CancellationToken.None);
        input.Skip(long.MaxValue);
        return input.Digests();
    }

    [Fact]
    public void The_order_of_the_diff_ids_decides_rule_84()
    {
        Digest[] diffIds = [Of("a"), Of("b"), Of("c", sha512: true)];
        DiffIdMatcher matcher = new(diffIds);
        Assert.Equal(2, matcher.PositionOf(0, Computed("c", diffIds)));
        Assert.Equal(1, matcher.PositionOf(1, Computed("b", diffIds)));
        Assert.Equal(0, matcher.PositionOf(2, Computed("a", diffIds)));
        Assert.True(new ReadLayers([], [2, 1, 0]).IsReordered);
    }

    [Fact]
    public void The_same_layer_twice_has_two_places_whoever_comes_first_rules_82_and_84()
    {
        Digest[] diffIds = [Of("a"), Of("b"), Of("a")];
        DiffIdMatcher matcher = new(diffIds);
        Assert.Equal(2, matcher.PositionOf(2, Computed("a", diffIds)));
        Assert.Equal(1, matcher.PositionOf(1, Computed("b", diffIds)));
        Assert.Equal(0, matcher.PositionOf(0, Computed("a", diffIds)));
        Assert.False(new ReadLayers([], [0, 1, 2]).IsReordered);
    }

    [Fact]
    public void A_layer_that_no_diff_id_lists_or_not_often_enough_is_an_error_rule_84()
    {
        Digest[] diffIds = [Of("a"), Of("b")];
        Error("OCI3003", () => new DiffIdMatcher(diffIds).PositionOf(0, Computed("x", diffIds)));
        DiffIdMatcher matcher = new(diffIds);
        matcher.PositionOf(0, Computed("a", diffIds));
        Error("OCI3003", () => matcher.PositionOf(1, Computed("a", diffIds)));
    }
}
