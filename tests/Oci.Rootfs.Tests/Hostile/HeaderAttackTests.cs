using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>Headers that lie: about sizes, numbers, checksums, maps and the end.</summary>
public sealed class HeaderAttackTests : IDisposable
{
    private readonly Attack _attack = new();

    public void Dispose() => _attack.Dispose();

    /// <summary>GNU's base-256 form of a number in a header's field.</summary>
    private static (int, byte[]) Field(int offset, int length, Int128 value)
    {
        byte[] bytes = new byte[length];
        for (int i = length - 1; i >= 0; i--, value >>= 8)
            bytes[i] = (byte)(value & 0xff);
        bytes[0] |= 0x80;
        return (offset, bytes);
    }

    [Fact]
    public void An_entry_hidden_behind_a_size_in_PAX_is_content_rule_66()
    {
        byte[] hidden = Of(Symlink("etc", _attack.Canary), File("etc/file", "evil"));

        IReadOnlyList<string> tree = _attack.IsHarmless(Of(
            File("archive.tar", (TarContent)hidden) with { Pax = [Tars.Record("size", $"{hidden.Length}")], ForgedSize = 0 }, File("f")));

        Assert.Equal(["archive.tar f 644", "d 755", "f f 644"], tree);
    }

    [Fact]
    public void A_long_name_that_is_preceded_by_PAX_records_is_read_at_its_own_size_rule_66()
    {
        // The records belong to the file, not to the header between: a reader that mixes them up sees other entries.
        IReadOnlyList<string> tree = _attack.IsHarmless(Of(
            PaxHeader(Tars.Record("size", "512")), LongName("name"), File("x", TarContent.Generated(512)) with { ForgedSize = 0 }, File("f")));

        Assert.Equal(["d 755", "f f 644", "name f 644"], tree);
    }

    [Fact]
    public void A_negative_size_is_refused()
    {
        _attack.IsRefused("OCI4005", Of(File("f") with { Patches = [Field(124, 12, -1)] }));
        _attack.IsRefused("OCI4005", Of(File("f") with { Pax = [Tars.Record("size", "-1")] }));
    }

    [Fact]
    public void A_huge_size_is_refused_before_any_byte_is_kept()
    {
        _attack.IsRefused("OCI4202", Of(File("f") with { Patches = [Field(124, 12, Int128.One << 62)] }));
        _attack.IsRefused("OCI4202", Of(File("f") with { Pax = [Tars.Record("size", "99999999999999999999999")] }));
        _attack.IsRefused("OCI4003", Of(File("f", "x") with { Patches = [Field(124, 12, 1L << 39)] }));
    }

    [Theory]
    [InlineData(108)]
    [InlineData(116)]
    public void An_owner_that_would_wrap_to_root_is_refused_rule_67(int offset)
    {
        _attack.IsRefused("OCI4006", Of(File("f") with { Patches = [Field(offset, 8, (Int128.One << 32) - 1)] }));
        _attack.IsRefused("OCI4006", Of(File("f") with { Patches = [Field(offset, 8, Int128.One << 32)] }));
        _attack.IsRefused("OCI4006", Of(File("f") with { Pax = [Tars.Record(offset == 108 ? "uid" : "gid", "4294967296")] }));
    }

    [Fact]
    public void Device_numbers_beyond_32_bits_are_refused_rule_81() => _attack.IsRefused("OCI4007", Of(CharDevice("f", 1, 3) with { Patches = [Field(329, 8, Int128.One << 32)] }));

    [Fact]
    public void Times_beyond_all_bounds_are_clamped_or_refused_rule_81()
    {
        _attack.IsHarmless(Of(
            File("f") with { Pax = [Tars.Record("mtime", "900000000000000000")] }, Dir("d") with { Pax = [Tars.Record("mtime", "-900000000000000000")] },
            Symlink("l", _attack.Canary + "/file") with { Pax = [Tars.Record("mtime", "99999999999.999999999")] }));
        foreach (string time in (string[])["9223372036854775808", "-9223372036854775809", "1e9x", "0x10", "NaN", ""])
        {
            TarItem item = File("f") with { Pax = [Tars.Record("mtime", time)] };
            if (time.Length == 0)
                _attack.IsHarmless(Of(item)); // Rule 64: an empty value is no record.
            else
                _attack.IsRefused("OCI4004", Of(item));
        }
    }

    [Theory]
    [InlineData(0, 0, 10)]
    [InlineData(5, 10, 3)]
    public void A_sparse_map_that_overlaps_or_leaves_the_file_is_refused_rule_71(int first, int second, int length)
    {
        foreach (TarSparseForm form in Enum.GetValues<TarSparseForm>())
        {
            TarItem item = Sparse("f", form, 12, (0, "0123456789"));
            _attack.IsRefused("OCI4013", Of(item with { Sparse = item.Sparse! with { ForgedMap = [(first, length), (second, 10 - length + 5)] } }));
        }
    }

    [Fact]
    public void A_wrong_checksum_and_garbage_are_refused_rules_74_77()
    {
        _attack.IsRefused("OCI4002", Of(File("a"), File("f", "evil") with { ForgedChecksum = 1 }));
        _attack.IsRefused("OCI4001", (byte[])[.. Of(File("a"))[..512], .. Garbage(512).Bytes]);
    }

    [Fact]
    public void A_wrong_record_length_is_refused_rule_65()
    {
        _attack.IsRefused("OCI4011", Of(File("f") with { Pax = [TarRecord.Raw("99 path=../../x\n")] }));
        _attack.IsRefused("OCI4011", Of(File("f") with { Pax = [TarRecord.Raw("0 path=x\n")] }));
        _attack.IsRefused("OCI4011", Of(File("f") with { Pax = [TarRecord.Raw("99999999999999999999 path=x\n")] }));
    }

    [Fact]
    public void A_PAX_header_that_claims_eight_gibibytes_is_refused_without_keeping_them() =>
        _attack.IsRefused("OCI4201", Of(PaxHeader(Tars.Record("comment", "x")) with { Patches = [Field(124, 12, 8L << 30)] }, File("f")));

    [Fact]
    public void A_layer_cut_off_at_any_block_is_refused_rule_76()
    {
        byte[] layer = Of(File(new string('n', 150), "content"), Symlink("l", "x"), Sparse("s", TarSparseForm.Pax10, 5000, (1000, "x")), File("f", TarContent.Generated(1200)));
        int whole = layer.Length - 1024;
        for (int length = 512; length < whole; length += 512)
            Cut(layer[..length]);
        Cut(layer[..700]);
        Cut(layer[..(whole - 1)]);

        // What ends between two entries is whole as far as tar can tell: that the config's diff_id is another one shows it.
        void Cut(byte[] tar)
        {
            _attack.S.With(Image.Of(ImageLayer.Plain(tar) with { DiffId = ImageLayer.Plain(layer).DiffId }).For(null));
            Errors.OciException error = _attack.S.Fails();
            Assert.True(error.Code is "OCI4003" or "OCI4012" or "OCI4013" or "OCI3003", error.Code + error.Message);
            Assert.False(Path.Exists(_attack.S.Rootfs));
            _attack.S.ShouldHaveNoLitter();
        }
    }
}
