using System.Text.Json.Nodes;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.State;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>What lies beside a tree is data: nothing is deleted, believed or left standing only because a file there says so.</summary>
public sealed class StateTrustTests : IDisposable
{
    private readonly Scenario _s = new Scenario().With(Of(File("a", "1")));

    private string StateFile => _s["out/.rootfs.oci"];

    public void Dispose() => _s.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_state_file_that_somebody_put_among_the_platforms_trees_deletes_no_file(bool byClean)
    {
        _s.With(Image.Of(Of(File("a"))).For("linux/amd64"));
        RootfsRequest request = _s.Request with { Platform = "all" };
        RootfsExtractor.ExtractAll(request, TestContext.Current.CancellationToken);
        System.IO.File.WriteAllText(_s["canary"], "mine");
        System.IO.File.WriteAllText(_s["out/rootfs/.evil.oci"],
            """{"format":1,"key":null,"boot":"","trees":[],"paths":0,"layerOrder":[],"outputs":{"CANARY":4}}""".Replace("CANARY", _s["canary"], StringComparison.Ordinal));
        System.IO.File.SetUnixFileMode(_s["out/rootfs/.evil.oci"], UnixFileMode.UserRead | UnixFileMode.UserWrite);

        if (byClean)
            RootfsExtractor.Clean(_s.Rootfs, _s.Outputs, cancellation: TestContext.Current.CancellationToken);
        else
            RootfsExtractor.ExtractAll(request, TestContext.Current.CancellationToken);

        Assert.Equal("mine", System.IO.File.ReadAllText(_s["canary"]));
        Assert.False(System.IO.File.Exists(_s["out/rootfs/.evil.oci"]));
    }

    [Fact]
    public void The_state_file_of_another_user_in_a_sticky_directory_is_not_believed()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to own files as two users");
        _s.Extract();
        Command.Run("chmod", "1777", _s["out"]);
        Command.Run("chown", "65534:65534", StateFile);

        Assert.Equal("OCI5015", _s.Fails().Code);
        Assert.Equal("OCI5015", Assert.Throws<OciException>(() => RootfsExtractor.Clean(_s.Rootfs, cancellation: TestContext.Current.CancellationToken)).Code);
        Assert.Equal("1", _s.Read("a"));
    }

    [Fact]
    public void A_state_file_that_others_may_write_is_not_believed()
    {
        _s.Extract();
        Command.Run("chmod", "0666", StateFile);

        OciException error = _s.Fails();

        Assert.Equal("OCI5015", error.Code);
        Assert.Contains("mode 666", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_goes_on_in_a_directory_of_his_own_after_root_built_there()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to build as two users");
        Assert.Equal(0, _s.ExtractAsUser().ExitCode);
        _s.With(Of(File("a", "2")));

        Assert.True(_s.Extract().Extracted);

        Assert.Equal("2", _s.Read("a"));
    }

    [Fact]
    public void A_cache_that_another_user_wrote_is_not_believed()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to own files as two users");
        System.IO.File.WriteAllBytes(_s.Image, ImageLayer.GzipOf(System.IO.File.ReadAllBytes(_s.Image)));
        Unpacks(1);
        Unpacks(0);
        Command.Run("chown", "-R", "65534:65534", _s["cache"]);
        System.IO.File.Delete(_s["cache/oci-cache.lock"]);
        Unpacks(1);

        void Unpacks(int times)
        {
            _s.Messages.Clear();
            _s.Extract(r => r with { CacheDirectory = _s["cache"] });
            Assert.Equal(times, _s.Messages.Count(static m => m.Text.StartsWith("Unpacking", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_lock_of_the_cache_that_another_user_made_is_refused()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to own files as two users");
        System.IO.File.WriteAllBytes(_s.Image, ImageLayer.GzipOf(System.IO.File.ReadAllBytes(_s.Image)));
        Directory.CreateDirectory(_s["cache"]);
        System.IO.File.WriteAllText(_s["cache/oci-cache.lock"], "");
        Command.Run("chown", "65534", _s["cache/oci-cache.lock"]);

        Assert.Equal("OCI5010", _s.Fails(r => r with { CacheDirectory = _s["cache"] }).Code);
    }

    /// <summary>After a power cut, files that were not written out yet are cut or empty.</summary>
    [Fact]
    public void A_tree_of_another_start_of_the_machine_is_looked_at_and_made_right()
    {
        _s.Extract();
        Assert.False(_s.Extract().Extracted);
        JsonNode state = JsonNode.Parse(System.IO.File.ReadAllText(StateFile))!;
        Assert.Equal(BootId.Current, state["boot"]!.GetValue<string>());
        state["boot"] = "another";
        System.IO.File.WriteAllText(StateFile, state.ToJsonString());
        System.IO.File.WriteAllText(_s["out/rootfs/a"], "");

        Assert.True(_s.Extract().Extracted);

        Assert.Equal("1", _s.Read("a"));
        Assert.Contains(_s.Messages, static m => m.Code == "OCI7101");
        Assert.False(_s.Extract().Extracted);
    }

    [Fact]
    public void A_tree_of_another_start_of_the_machine_that_is_right_is_up_to_date()
    {
        _s.Extract();
        OfAnotherStart();

        Assert.False(_s.Extract().Extracted);

        Assert.Equal(BootId.Current, JsonNode.Parse(System.IO.File.ReadAllText(StateFile))!["boot"]!.GetValue<string>());
    }

    [Fact]
    public void A_tree_of_another_start_of_the_machine_of_which_nothing_is_known_is_extracted_anew()
    {
        _s.Extract();
        OfAnotherStart();
        System.IO.File.Delete(StateFile + "-state");

        Assert.True(_s.Extract().Extracted);

        Assert.Contains(_s.Messages, static m => m.Text.Contains("started anew", StringComparison.Ordinal));
    }

    private void OfAnotherStart()
    {
        JsonNode state = JsonNode.Parse(System.IO.File.ReadAllText(StateFile))!;
        state["boot"] = "another";
        System.IO.File.WriteAllText(StateFile, state.ToJsonString());
    }

    [Fact]
    public void A_copied_tree_with_something_else_in_it_is_refused_with_the_word_for_what_to_do()
    {
        _s.Extract();
        Command.Run("cp", "-a", _s["out"], _s["copy"]);
        System.IO.File.WriteAllText(_s["copy/rootfs/mine"], "x");

        OciException error = _s.Fails(r => r with { RootfsDirectory = _s["copy/rootfs"] });

        Assert.Equal("OCI5001", error.Code);
        Assert.Contains("'/mine' added", error.Found, StringComparison.Ordinal);
        Assert.Contains(_s["copy/.rootfs.oci"], error.Hint, StringComparison.Ordinal);
    }
}
