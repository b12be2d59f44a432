using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>Root that is not quite root: what it can't set is recorded and told, what it can set stands, and no build fails.</summary>
public sealed class LessThanRootTests : IDisposable
{
    private readonly Scenario _s = new Scenario().With(Layer);

    private static byte[] Capability => [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ImageLayer Layer => Of(
        File("mine", "x", uid: 12, gid: 34),
        File("su", "x", mode: "4755"),
        File("sg", "x", mode: "2755", gid: 34),
        Dir("shared", mode: "2775") with { Gid = 34 },
        CharDevice("null", 1, 3, mode: "0666"),
        CharDevice("console", 5, 1),
        File("ping", "x") with { Xattrs = [Xattr("security.capability", Capability)] });

    public void Dispose() => _s.Dispose();

    [Fact]
    public void With_CAP_CHOWN_and_without_CAP_FOWNER_all_owners_are_recorded()
    {
        string[] wrapper = Sandbox.Without("fowner");

        string said = Builds(wrapper);

        Assert.Contains("on a file of another owner, ", said, StringComparison.Ordinal);
        Has("mine f 644", "su f 755", "sg f 755", "shared d 775", "null c 666");
        Assert.Contains("mine 0:0", DiskTree.Owners(_s.Rootfs));
        PreserveFails(wrapper, "owners");
    }

    [Fact]
    public void Without_CAP_FSETID_no_setgid_is_lost_without_a_word()
    {
        string[] wrapper = Sandbox.Without("fsetid");

        string said = Builds(wrapper);

        Assert.Contains("3 setuid or setgid bits (chmod: the file system changes nothing)", said, StringComparison.Ordinal);
        Has("su f 755", "sg f 755", "shared d 775");
        Assert.Contains("mine 12:34", DiskTree.Owners(_s.Rootfs));
        PreserveFails(wrapper, "setuid and setgid bits");
    }

    [Fact]
    public void Where_a_sandbox_refuses_setuid_and_setgid_these_alone_are_recorded()
    {
        string[] wrapper = Sandbox.WithoutSetIds();

        string said = Builds(wrapper);

        Assert.Contains("3 setuid or setgid bits (chmod: Operation not permitted (errno 1))", said, StringComparison.Ordinal);
        Has("su f 755", "sg f 755", "shared d 775", "console c 600");
        Assert.Contains("sg 0:34", DiskTree.Owners(_s.Rootfs));
        PreserveFails(wrapper, "setuid and setgid bits");
    }

    [Fact]
    public void Where_one_device_is_allowed_and_another_refused_all_are_recorded()
    {
        string[] wrapper = Sandbox.WithoutDevice(5, 1);

        string said = Builds(wrapper);

        Assert.Contains("2 devices (mknod: Operation not permitted (errno 1))", said, StringComparison.Ordinal);
        Assert.DoesNotContain(DiskTree.Of(_s.Rootfs), static l => l.Contains(" c ", StringComparison.Ordinal));
        Has("su f 4755", "sg f 2755");
        Assert.Equal(3, _s.ExtractUnder(wrapper).ExitCode);
        PreserveFails(wrapper, "the character device 5:1");
    }

    [Fact]
    public void A_whiteout_device_on_overlayfs_is_recorded_with_all_devices()
    {
        using Mounted disk = Mounted.Tmpfs("size=64m");
        string[] places = [disk["lower"], disk["upper"], disk["work"]];
        Array.ForEach(places, static p => Directory.CreateDirectory(p));
        using Mounted overlay = Mounted.Overlay(places[0], places[1], places[2]);
        using Scenario s = new Scenario(overlay.Path).With(Of(File("f", "x", mode: "4755"), CharDevice("white", 0, 0), CharDevice("null", 1, 3)));

        s.Extract();

        Assert.Equal(["d 755", "f f 4755"], DiskTree.Of(s.Rootfs));
        Assert.Contains(s.Messages, static m => m.Text.StartsWith("Recorded in the mtree file, not set on disk: 2 devices (mknod: Operation not permitted", StringComparison.Ordinal));
        Assert.False(s.Extract().Extracted);
        s.ShouldHaveNoLitter();
    }

    [Fact]
    public void An_owner_that_the_user_namespace_does_not_map_makes_all_owners_recorded()
    {
        string[] wrapper = Sandbox.UserNamespace(65536);
        _s.With(Layer, Of(File("far", "x", uid: 70000, gid: 70000)));

        string said = Builds(wrapper);

        Assert.Contains("setting the owner: Invalid argument", said.Replace("chown: ", "setting the owner: ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("mine 0:0", DiskTree.Owners(_s.Rootfs));
        Has("su f 755");
        Assert.Equal(3, _s.ExtractUnder(wrapper).ExitCode);
        _s.With(Of(File("far", "x", uid: 70000, gid: 70000)));
        PreserveFails(wrapper, "the owner 70000:70000");
    }

    [Fact]
    public void A_user_namespace_that_maps_few_ids_records_owners()
    {
        string said = Builds(Sandbox.UserNamespace(1000));

        Assert.Contains("the user namespace doesn't map the ids 0 to 65535", said, StringComparison.Ordinal);
        Assert.Contains("mine 0:0", DiskTree.Owners(_s.Rootfs));
    }

    [Fact]
    public void An_ordinary_user_hears_why()
    {
        CommandResult result = _s.ExtractAsUser();

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("(no CAP_CHOWN; no CAP_MKNOD; no CAP_SETFCAP)", result.Output, StringComparison.Ordinal);
    }

    /// <summary>The one message that says what is recorded only.</summary>
    private string Builds(string[] wrapper)
    {
        CommandResult result = _s.ExtractUnder(wrapper);
        Assert.True(result.ExitCode == 0, result.Error);
        _s.ShouldHaveNoLitter();
        Assert.DoesNotContain(DiskTree.Of(_s.Rootfs), static l => l.StartsWith("probe", StringComparison.Ordinal));
        return Assert.Single(result.Output.Split('\n'), static l => l.StartsWith("Recorded in the mtree file", StringComparison.Ordinal));
    }

    private void Has(params string[] lines) => Assert.Subset(DiskTree.Of(_s.Rootfs).ToHashSet(), lines.ToHashSet());

    private void PreserveFails(string[] wrapper, string what)
    {
        CommandResult result = _s.ExtractUnder(wrapper, "--ownership", "Preserve");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"OCI5009: Ownership is Preserve, but this process can't set {what}", result.Error, StringComparison.Ordinal);
        _s.ShouldHaveNoLitter();
    }
}
