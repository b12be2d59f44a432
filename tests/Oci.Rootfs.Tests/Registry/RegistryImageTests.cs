using Oci.Images;
using Oci.Images.Registry;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>An image in a registry becomes the tree that the same image on disk becomes, at the least number of requests.</summary>
public sealed class RegistryImageTests : IDisposable
{
    private readonly RegistryScenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void A_pinned_image_is_fetched_by_one_request_a_document_and_a_layer()
    {
        string digest = _scenario.Add();

        RootfsResult result = _scenario.Extract(digest);

        Assert.Equal(digest, result.ManifestDigest);
        Assert.Equal("above", _scenario.Read("etc/motd"));
        Assert.Equal(
            [.. new string[] { $"GET /v2/app/manifests/{digest}", $"GET /v2/app/blobs/{RegistryScenario.App.ConfigDigest}" }.Concat(result.Layers.Select(static l => $"GET /v2/app/blobs/{l.Digest}")).Order()],
            _scenario.Server.Requests.Select(static r => $"{r.Method} {r.Target}").Order());
        Assert.False(File.Exists(_scenario.LockFile));
    }

    [Fact]
    public void The_tree_is_the_one_of_the_same_image_on_disk()
    {
        string digest = _scenario.Add();
        RegistryScenario.App.SaveArchive(_scenario["app.tar"]);
        RootfsRequest onDisk = _scenario.Request(_scenario.Reference(digest)) with { Image = _scenario["app.tar"], RootfsDirectory = _scenario["disk/app"], Outputs = [new(OutputKind.Mtree, _scenario["disk/app.mtree"])] };

        RootfsResult fromDisk = RegistryScenario.Extract(onDisk), fromRegistry = _scenario.Extract(digest);

        Assert.Equal(fromDisk.ManifestDigest, fromRegistry.ManifestDigest);
        Assert.Equal(File.ReadAllText(_scenario["disk/app.mtree"]), File.ReadAllText(_scenario["project/bin/rootfs/app.mtree"]));
    }

    [Fact]
    public void Of_a_changed_image_only_the_layers_that_are_not_known_are_fetched()
    {
        ImageLayer @base = ImageLayer.Gzip(Tars.Of(Tars.File("etc/base", "b"), Tars.File("large", TarContent.Generated(300_000, 1)))), top = ImageLayer.Gzip(Tars.Of(Tars.File("top", "2")));
        string old = _scenario.Add(Image.Of(@base, ImageLayer.Gzip(Tars.Of(Tars.File("top", "1"), Tars.Whiteout("etc/base")))).For("linux/amd64"));
        _scenario.Extract(old);
        string changed = _scenario.Server.Add("app", "2", Image.Of(@base, top).For("linux/amd64").ToLayout());
        Directory.Delete(_scenario.Store, recursive: true);

        // A file of the base is needed again. So the update fetches the base too.
        RootfsResult result = RegistryScenario.Extract(_scenario.Request(_scenario.Reference(changed)) with { MostReadPercent = 100 });

        Assert.Equal(2, result.Change!.LayersRead);
        Assert.Equal("b", _scenario.Read("etc/base"));
        string again = _scenario.Server.Add("app", "3", Image.Of(@base, ImageLayer.Gzip(Tars.Of(Tars.File("top", "3")))).For("linux/amd64").ToLayout());
        Directory.Delete(_scenario.Store, recursive: true);
        int before = _scenario.Server.Requests.Count;

        result = _scenario.Extract(again);

        Assert.Equal(1, result.Change!.LayersRead);
        Assert.Equal("3", _scenario.Read("top"));
        // The manifest, the config and the layer on top.
        Assert.Equal(3, _scenario.Server.Requests.Count - before);
        Assert.DoesNotContain(_scenario.Server.Requests.Skip(before), r => r.Target.Contains(result.Layers[0].Digest, StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_project_sends_no_request()
    {
        string digest = _scenario.Add();
        _scenario.Extract(digest);
        _scenario.ForgetProject();
        int before = _scenario.Server.Connections;

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal(before, _scenario.Server.Connections);
        Assert.Equal("above", _scenario.Read("etc/motd"));
    }

    [Fact]
    public void A_build_with_nothing_to_do_needs_neither_network_nor_store()
    {
        string digest = _scenario.Add();
        _scenario.Extract(digest);
        Directory.Delete(_scenario.Store, recursive: true);
        int before = _scenario.Server.Connections;

        Assert.False(_scenario.Extract(digest).Extracted);

        Assert.Equal(before, _scenario.Server.Connections);
        Assert.False(Directory.Exists(_scenario.Store));
    }

    [Fact]
    public void A_build_with_nothing_to_do_needs_no_config_file_beside_the_tree_either()
    {
        string digest = _scenario.Add();
        RootfsRequest request = _scenario.Request(_scenario.Reference(digest)).With(OutputKind.ConfigJson, null);
        RegistryScenario.Extract(request);
        Directory.Delete(_scenario.Store, recursive: true);

        Assert.False(RegistryScenario.Extract(request with { Registries = request.Registries with { Offline = true } }).Extracted);
    }

    [Fact]
    public void A_tag_is_entered_into_the_lock_file_and_then_costs_no_request()
    {
        string digest = _scenario.Add();

        _scenario.Extract();

        Assert.Equal(
            $$"""
            {
              "version": 1,
              "images": {
                "{{_scenario.Server.Host}}/app:1": {
                  "digest": "{{digest}}",
                  "mediaType": "application/vnd.oci.image.manifest.v1+json",
                  "size": {{File.ReadAllBytes(_scenario.Blob(digest)).Length}}
                }
              }
            }

            """,
            File.ReadAllText(_scenario.LockFile));
        int before = _scenario.Server.Connections;
        Assert.False(_scenario.Extract().Extracted);
        Assert.Equal(before, _scenario.Server.Connections);
        Assert.Contains(_scenario.Messages, m => m.Kind == RootfsMessageKind.Summary && m.Text == $"{_scenario.Server.Host}/app:1 is {digest}, and pinned in oci.lock.json");
    }

    [Fact]
    public void A_tag_that_moved_stays_what_the_lock_file_says()
    {
        string first = _scenario.Add();
        _scenario.Extract();
        _scenario.Add(Image.Of(Tars.Of(Tars.File("other"))).For("linux/amd64"));

        Assert.Equal(first, _scenario.Extract().ManifestDigest);
    }

    [Fact]
    public void An_update_enters_what_the_tag_means_now()
    {
        string first = _scenario.Add();
        _scenario.Extract();
        string second = _scenario.Add(Image.Of(Tars.Of(Tars.File("other"))).For("linux/amd64"));

        RootfsExtractor.UpdateLock(_scenario.Request(_scenario.Reference()), TestContext.Current.CancellationToken);

        Assert.Contains(second, File.ReadAllText(_scenario.LockFile), StringComparison.Ordinal);
        Assert.Contains(_scenario.Messages, m => m.Text == $"{_scenario.Server.Host}/app:1: {first} -> {second}");
        Assert.Equal(second, _scenario.Extract(change: o => o with { LockedMode = true }).ManifestDigest);
    }

    [Fact]
    public void An_update_of_a_tag_that_did_not_move_costs_no_pull()
    {
        _scenario.Add();
        _scenario.Extract();
        int before = _scenario.Server.Requests.Count;

        RootfsExtractor.UpdateLock(_scenario.Request(_scenario.Reference()), TestContext.Current.CancellationToken);

        Assert.Equal("HEAD /v2/app/manifests/1", Assert.Single(_scenario.Server.Requests.Skip(before).Select(static r => $"{r.Method} {r.Target}")));
    }

    [Fact]
    public void An_update_goes_on_where_the_short_question_is_refused()
    {
        _scenario.Add();
        _scenario.Extract();
        string second = _scenario.Add(Image.Of(Tars.Of(Tars.File("other"))).For("linux/amd64"));
        _scenario.Server.Before = static r => r.Method == "HEAD" ? new TestResponse(405) : null;

        Assert.Equal(second, _scenario.Extract(change: static o => o with { Update = true }).ManifestDigest);
    }

    [Fact]
    public void A_lying_digest_header_means_nothing()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = r => r.IsManifest ? _scenario.Server.Serve(r) with { Headers = [("Content-Type", "application/vnd.oci.image.manifest.v1+json"), ("Docker-Content-Digest", $"sha256:{new string('0', 64)}")] } : null;

        Assert.Equal(digest, _scenario.Extract().ManifestDigest);
        Assert.Contains(digest, File.ReadAllText(_scenario.LockFile), StringComparison.Ordinal);
    }

    [Fact]
    public void In_locked_mode_a_tag_without_an_entry_is_an_error_before_anything_is_sent()
    {
        _scenario.Add();

        OciException e = _scenario.Fails("OCI8002", change: static o => o with { LockedMode = true });

        Assert.Contains("UpdateOciLock", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, _scenario.Server.Connections);
    }

    [Fact]
    public void Without_a_lock_file_a_tag_is_asked_for_in_each_build_with_a_warning()
    {
        string first = _scenario.Add();
        Assert.Equal(first, _scenario.Extract(change: static o => o with { LockFile = null }).ManifestDigest);
        string second = _scenario.Add(Image.Of(Tars.Of(Tars.File("other"))).For("linux/amd64"));

        Assert.Equal(second, _scenario.Extract(change: static o => o with { LockFile = null }).ManifestDigest);

        Assert.Equal(2, _scenario.Messages.Count(static m => m.Code == "OCI8102"));
        Assert.False(File.Exists(_scenario.LockFile));
    }

    [Fact]
    public void One_pin_is_for_all_platforms()
    {
        Image arm = Image.Of(Tars.Of(Tars.File("arm"))).For("linux/arm64");
        string index = _scenario.Server.AddIndex("app", "1", ImageLayout.Of(RegistryScenario.App, arm));
        Assert.Equal(RegistryScenario.App.Digest, _scenario.Extract().ManifestDigest);
        Assert.Contains(index, File.ReadAllText(_scenario.LockFile), StringComparison.Ordinal);
        int before = _scenario.Server.Requests.Count;

        RootfsResult result = RegistryScenario.Extract(_scenario.Request(_scenario.Reference()) with { Platform = "linux/arm64" });

        Assert.Equal(arm.Digest, result.ManifestDigest);
        // The index is known: the other platform's manifest, config and layer are all that is asked for.
        Assert.Equal(3, _scenario.Server.Requests.Count - before);
    }

    [Fact]
    public void All_platforms_become_a_tree_each()
    {
        Image arm = Image.Of(Tars.Of(Tars.File("arm"))).For("linux/arm64");
        _scenario.Server.AddIndex("app", "1", ImageLayout.Of(RegistryScenario.App, arm));

        IReadOnlyList<RootfsExtraction> all = RootfsExtractor.ExtractAll(_scenario.Request(_scenario.Reference()) with { Platform = "all" }, TestContext.Current.CancellationToken);

        Assert.Equal(["linux/amd64", "linux/arm64"], all.Select(static e => e.Result.Platform));
        Assert.All(RootfsExtractor.ExtractAll(_scenario.Request(_scenario.Reference(), static o => o with { Offline = true }) with { Platform = "all" }, TestContext.Current.CancellationToken), static e => Assert.False(e.Result.Extracted));
    }

    [Fact]
    public void Fetching_extracts_nothing_and_a_later_build_needs_no_network()
    {
        _scenario.Add();

        RootfsExtractor.Fetch(_scenario.Request(_scenario.Reference()), TestContext.Current.CancellationToken);

        Assert.False(Directory.Exists(_scenario["project/bin"]));
        _scenario.Server.Dispose();
        Assert.True(_scenario.Extract(change: static o => o with { Offline = true }).Extracted);
        Assert.Equal("above", _scenario.Read("etc/motd"));
    }

    [Fact]
    public void Offline_one_error_lists_what_is_missing()
    {
        string digest = _scenario.Add();
        IReadOnlyList<RootfsLayer> layers = _scenario.Extract(digest).Layers;
        Directory.Delete(_scenario["project/bin"], recursive: true);
        foreach (RootfsLayer layer in layers)
            File.Delete(_scenario.Blob(layer.Digest));

        OciException e = _scenario.Fails("OCI8004", digest, static o => o with { Offline = true });

        Assert.All(layers, layer => Assert.Contains($"{layer.Digest} ({layer.Size} bytes)", e.Message, StringComparison.Ordinal));
        Assert.Contains("-t:FetchOciImages", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Offline_a_tag_without_an_entry_is_an_error()
    {
        _scenario.Add();
        _scenario.Fails("OCI8004", change: static o => o with { Offline = true });
        Assert.Equal(0, _scenario.Server.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_build_that_must_not_work_never_touches_the_network(bool pinned)
    {
        string digest = _scenario.Add();

        OciException e = Assert.Throws<OciException>(() => RegistryScenario.Extract(_scenario.Request(_scenario.Reference(pinned ? digest : null)) with { FailIfNotUpToDate = true }));

        Assert.Equal("OCI7004", e.Code);
        Assert.Equal(0, _scenario.Server.Connections);
        Assert.False(Directory.Exists(_scenario.Store));
        Assert.False(Directory.Exists(_scenario["project"]));
    }

    [Fact]
    public void A_layer_that_was_damaged_in_the_store_is_fetched_again()
    {
        string digest = _scenario.Add();
        string layer = _scenario.Extract(digest).Layers[0].Digest;
        _scenario.ForgetProject();
        byte[] bytes = File.ReadAllBytes(_scenario.Blob(layer));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_scenario.Blob(layer), bytes);

        _scenario.Extract(digest);

        Assert.Equal("above", _scenario.Read("etc/motd"));
        Assert.Contains(_scenario.Messages, m => m.Text.Contains($"the blob {layer} in the store is damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void Offline_a_layer_that_was_damaged_in_the_store_is_missing()
    {
        string digest = _scenario.Add();
        string layer = _scenario.Extract(digest).Layers[0].Digest;
        _scenario.ForgetProject();
        File.AppendAllText(_scenario.Blob(layer), "x");

        _scenario.Fails("OCI8004", digest, static o => o with { Offline = true });
    }

    [Fact]
    public void A_document_that_was_damaged_in_store_and_project_is_fetched_again()
    {
        string digest = _scenario.Add();
        _scenario.Extract(digest);
        File.WriteAllText(_scenario.Blob(digest), "{}");
        File.WriteAllText(_scenario[$"project/obj/oci/app.image/blobs/{digest.Replace(':', '/')}"], "{}");

        Assert.False(_scenario.Extract(digest).Extracted);
    }

    [Fact]
    public void A_wrong_pin_is_an_error_and_not_another_image()
    {
        _scenario.Add();
        _scenario.Fails("OCI8008", $"sha256:{new string('0', 64)}");
    }

    [Fact]
    public void An_unknown_tag_is_an_error_with_the_registrys_words()
    {
        _scenario.Add();
        OciException e = Assert.Throws<OciException>(() => RegistryScenario.Extract(_scenario.Request($"docker://{_scenario.Server.Host}/app:2")));
        Assert.Equal("OCI8008", e.Code);
        Assert.Contains("MANIFEST_UNKNOWN: unknown to registry", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_foreign_layer_is_not_fetched_from_its_address()
    {
        Image foreign = Image.Of(RegistryScenario.App.Layers[0] with { MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }).For("linux/amd64") with
        {
            EditManifest = m => m["layers"]![0]!["urls"] = new System.Text.Json.Nodes.JsonArray($"http://{_scenario.Server.Host}/elsewhere"),
        };
        string digest = _scenario.Add(foreign);

        _scenario.Extract(digest);

        Assert.DoesNotContain(_scenario.Server.Requests, static r => r.Target.Contains("elsewhere", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_fetched_is_said_in_one_line()
    {
        string digest = _scenario.Add();
        _scenario.Extract(digest);
        Assert.Contains(_scenario.Messages, m => m.Kind == RootfsMessageKind.Summary && m.Text.StartsWith($"app: 0.0 MB in 2 blobs from {_scenario.Server.Host} in ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_documents_in_obj_are_a_layout_without_layers()
    {
        string digest = _scenario.Add();
        _scenario.Extract(digest);
        string layout = _scenario["project/obj/oci/app.image"];

        Assert.True(File.Exists(Path.Combine(layout, "oci-layout")));
        Assert.Contains(digest, File.ReadAllText(Path.Combine(layout, "index.json")), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(layout, "blobs/sha256")).Length);
        Assert.True(RootfsExtractor.CleanDocuments(layout));
        Assert.False(Directory.Exists(layout));
    }

    [Fact]
    public void The_documents_of_an_image_that_is_no_longer_asked_for_go()
    {
        string first = _scenario.Add();
        _scenario.Extract(first);
        string second = _scenario.Add(Image.Of(Tars.Of(Tars.File("other"))).For("linux/amd64"));
        _scenario.Extract(second);

        Assert.DoesNotContain(Directory.GetFiles(_scenario["project/obj/oci/app.image/blobs/sha256"]), file => file.EndsWith(first["sha256:".Length..], StringComparison.Ordinal));
    }
}
