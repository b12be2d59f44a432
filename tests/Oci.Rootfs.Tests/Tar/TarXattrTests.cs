using Oci.Images;

namespace Oci.Rootfs.Tests;

public sealed class TarXattrTests
{
    [Theory]
    [InlineData(TarXattrForm.Schily)]
    [InlineData(TarXattrForm.Libarchive)]
    public void Values_are_bytes_by_length_rule_68(TarXattrForm form)
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(static i => (byte)i)];

        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a") with { Xattrs = [Tars.Xattr("user.bytes", all, form), Tars.Xattr("user.n", "1\n2\n", form)] }));

        Assert.Equal(["user.bytes=" + string.Concat(all.Select(static b => (char)b)), "user.n=1\n2\n"], entry.Xattrs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_base64_value_may_have_its_padding_or_not_rule_69(int length)
    {
        string base64 = Convert.ToBase64String(new byte[length]);

        foreach (string text in new[] { base64, base64.TrimEnd('=') })
        {
            TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a") with { Pax = [Tars.Record("LIBARCHIVE.xattr.user.a", text)] }));
            Assert.Equal(["user.a=" + new string('\0', length)], entry.Xattrs);
        }
    }

    [Fact]
    public void SCHILY_wins_over_LIBARCHIVE_in_any_order_and_then_the_last_rule_69()
    {
        TarXattr schily1 = Tars.Xattr("user.a", "schily1"), schily2 = Tars.Xattr("user.a", "schily2"), libarchive = Tars.Xattr("user.a", "lib", TarXattrForm.Libarchive);

        foreach (TarXattr[] order in new[] { new[] { libarchive, schily1, schily2 }, [schily1, libarchive, schily2], [schily1, schily2, libarchive] })
            Assert.Equal(["user.a=schily2"], TarSnapshot.Single(Tars.Of(Tars.File("a") with { Xattrs = order })).Xattrs);
    }

    [Fact]
    public void The_name_of_a_LIBARCHIVE_attribute_is_URL_encoded_and_that_of_a_SCHILY_one_is_not_rule_69()
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a") with
        {
            Pax = [Tars.Record("LIBARCHIVE.xattr.user.%41%3d%ff", "AA"), Tars.Record("SCHILY.xattr.user.%41", "b")],
        }));

        Assert.Equal(["user.%41=b", "user.A=\u00ff=\0"], entry.Xattrs);
    }

    [Fact]
    public void An_empty_attribute_is_an_attribute()
        => Assert.Equal(["user.a="], TarSnapshot.Single(Tars.Of(Tars.File("a") with { Xattrs = [Tars.Xattr("user.a", "x"), Tars.Xattr("user.a", "")] })).Xattrs);

    [Theory]
    [InlineData("LIBARCHIVE.xattr.user.a", "*")]
    [InlineData("LIBARCHIVE.xattr.user.a", "AAAAA")]
    [InlineData("LIBARCHIVE.xattr.user.a", "AA AA")]
    [InlineData("LIBARCHIVE.xattr.user.a", "A=AA")]
    [InlineData("LIBARCHIVE.xattr.user.%4", "AA")]
    [InlineData("LIBARCHIVE.xattr.user.%zz", "AA")]
    [InlineData("LIBARCHIVE.xattr.user.%00", "AA")]
    [InlineData("LIBARCHIVE.xattr.", "AA")]
    [InlineData("SCHILY.xattr.", "x")]
    [InlineData("SCHILY.xattr.user\0", "x")]
    public void An_attribute_that_can_not_be_read_is_an_error(string key, string value)
        => TarAssert.Fails("OCI4015", Tars.Of(Tars.File("a") with { Pax = [Tars.Record(key, value)] }));

    [Fact]
    public void A_hundred_thousand_attributes_come_sorted_and_each_once()
    {
        IEnumerable<TarRecord> records = Enumerable.Range(0, 100_000).Select(static i => Tars.Record($"SCHILY.xattr.user.{i * 7919L % 50_000:D5}", $"{i}"));

        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a") with { Pax = [.. records] }));

        Assert.Equal(50_000, entry.Xattrs.Length);
        Assert.Equal(entry.Xattrs.Order(StringComparer.Ordinal), entry.Xattrs);
        Assert.Equal("user.00000=50000", entry.Xattrs[0]);
    }

    [Fact]
    public void The_context_that_GNU_tar_writes_by_itself_is_the_attribute_security_selinux_rule_69()
    {
        TarRecord context = Tars.Record("RHT.security.selinux", "system_u:object_r:bin_t:s0");
        TarRecord schily = Tars.Record("SCHILY.xattr.security.selinux", "system_u:object_r:etc_t:s0\0");

        Assert.Equal(["security.selinux=system_u:object_r:bin_t:s0"], Xattrs(context));
        Assert.Equal(["security.selinux=system_u:object_r:etc_t:s0\0"], Xattrs(context, schily));
        Assert.Equal(["security.selinux=system_u:object_r:etc_t:s0\0"], Xattrs(schily, context));
        Assert.Empty(Xattrs(Tars.Record("RHT.security.selinux", "")));

        static string[] Xattrs(params TarRecord[] records) => TarSnapshot.Single(Tars.Of(Tars.File("a") with { Pax = records })).Xattrs;
    }
}
