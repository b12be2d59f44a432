using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>setuid files and devices that root makes where other users of the machine can reach them.</summary>
public sealed class ExposureTests : IDisposable
{
    private readonly Scenario _s = new();

    private static byte[] Capability => [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static TheoryData<string, bool> Contents => new()
    {
        { "setuid", true }, { "setgid", true }, { "device", true }, { "capability", true },
        { "plain", false }, { "setgid directory", false }, { "setuid for root alone", false }, { "closed device", false },
    };

    public void Dispose() => _s.Dispose();

    [Theory]
    [MemberData(nameof(Contents))]
    public void As_root_what_gives_others_rights_is_warned_of_where_they_can_reach_it(string what, bool warns)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which makes such files");
        Directory.CreateDirectory(_s.Out);

        _s.With(Of(Content(what))).Extract();

        _s.AndWarns(warns ? ["OCI5105"] : []);
        if (warns)
            Assert.Contains($"'{_s.Rootfs}'", Assert.Single(_s.Messages, static m => m.Code == "OCI5105").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void As_root_after_an_ordinary_users_build_the_open_parent_is_warned_of()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which comes second");
        _s.With(Of(File("su", "x", mode: "4755")));
        Assert.Equal(0, _s.ExtractAsUser().ExitCode);

        _s.Extract();

        _s.AndWarns("OCI5105");
    }

    [Theory]
    [InlineData("out")]
    [InlineData("")]
    public void As_root_a_directory_above_that_is_closed_to_others_is_enough(string closed)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which makes such files");
        Directory.CreateDirectory(_s.Out);
        System.IO.File.SetUnixFileMode(_s[closed], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        _s.With(Of(File("su", "x", mode: "4755"))).Extract();

        _s.AndWarns();
    }

    [Fact]
    public void An_ordinary_user_is_not_warned()
    {
        CommandResult result = _s.With(Of(File("su", "x", mode: "4755"))).ExtractAsUser();

        Assert.DoesNotContain("OCI5105", result.Output, StringComparison.Ordinal);
    }

    private static TarItem Content(string what) => what switch
    {
        "setuid" => File("su", "x", mode: "4755"),
        "setgid" => File("sg", "x", mode: "2755"),
        "device" => CharDevice("null", 1, 3, mode: "0666"),
        "capability" => File("ping", "x", mode: "0755") with { Xattrs = [Xattr("security.capability", Capability)] },
        "setgid directory" => Dir("shared", mode: "2775"),
        "setuid for root alone" => File("su", "x", mode: "4700"),
        "closed device" => CharDevice("sda", 8, 0),
        _ => File("f", "x", mode: "0755"),
    };
}
