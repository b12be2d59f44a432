using Microsoft.Build.Execution;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;
using Oci.Images.Registry;

namespace Oci.Build.Tasks.Tests;

/// <summary>Items that name an image in a registry, as a project has them.</summary>
public sealed class RegistryItemTests : IDisposable
{
    private static readonly Image App = Image.Of(Tars.Of(Tars.File("a", "one"))).For("linux/amd64");

    private readonly TestRegistry _registry = new();
    private readonly TestProject _project = new();
    private readonly string _digest;

    public RegistryItemTests()
    {
        _digest = _registry.Add("team/app", "1", App.ToLayout());
        _project.Property("OciStoreDirectory", "store").Property("OciPlatform", "linux/amd64");
    }

    public void Dispose()
    {
        _project.Dispose();
        _registry.Dispose();
    }

    private string Tag => $"docker://{_registry.Host}/team/app:1";

    private string Pinned => $"{_registry.Host}/team/app@{_digest}";

    private string LockFile => _project.PathOf("oci.lock.json");

    [Fact]
    public void A_tag_becomes_a_tree_and_a_pin_and_the_next_build_opens_no_connection()
    {
        _project.Image(Tag).ImportPackage();

        Outcome first = _project.Build().MustSucceed();

        Assert.Equal("one", File.ReadAllText(_project.PathOf("bin/rootfs/app/a")));
        ProjectItemInstance item = Assert.Single(first.Items("OciRootfs"));
        Assert.Equal(("app", Tag, _digest), (item.GetMetadataValue("Name"), item.GetMetadataValue("Image"), item.GetMetadataValue("ManifestDigest")));
        Assert.Contains(_digest, File.ReadAllText(LockFile), StringComparison.Ordinal);
        int before = _registry.Connections;
        Assert.Equal("false", Assert.Single(_project.Build().MustSucceed().Items("OciRootfs")).GetMetadataValue("Extracted"));
        _project.Question().MustSucceed();
        Assert.Equal(before, _registry.Connections);
    }

    [Fact]
    public void A_pinned_image_needs_no_scheme_and_no_lock_file()
    {
        // The project of a test is in memory alone.
        _project.Write("test.proj", "<Project />");
        _project.Image(Pinned).ImportPackage();

        _project.Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/rootfs/app/a")));
        Assert.False(File.Exists(LockFile));
        // What Visual Studio compares with the project: without it, it would build each time.
        Assert.True(File.Exists(_project.PathOf("obj/oci/rootfs.stamp")));
    }

    [Fact]
    public void A_question_about_an_image_that_was_never_fetched_opens_no_connection()
    {
        _project.Image(Tag).ImportPackage();

        Assert.Equal("OCI7004", _project.Question().Error.Code);

        Assert.Equal(0, _registry.Connections);
        Assert.False(Directory.Exists(_project.PathOf("store")));
    }

    [Fact]
    public void An_update_changes_the_lock_file_and_extracts_nothing()
    {
        _project.Image(Tag).ImportPackage();
        _project.Build("UpdateOciLock").MustSucceed();
        Assert.False(Directory.Exists(_project.PathOf("bin")));
        string second = _registry.Add("team/app", "1", Image.Of(Tars.Of(Tars.File("b"))).For("linux/amd64").ToLayout());

        Outcome update = _project.Build("UpdateOciLock").MustSucceed();

        Assert.Contains(second, File.ReadAllText(LockFile), StringComparison.Ordinal);
        Assert.Contains(update.Messages, m => m.Message == $"{_registry.Host}/team/app:1: {_digest} -> {second}");
    }

    [Fact]
    public void What_was_fetched_before_is_built_offline()
    {
        _project.Image(Tag).ImportPackage();
        _project.Build("FetchOciImages").MustSucceed();
        Assert.False(Directory.Exists(_project.PathOf("bin")));
        int before = _registry.Connections;

        _project.Global("OciOffline", "true").Build().MustSucceed();

        Assert.Equal(before, _registry.Connections);
        Assert.True(File.Exists(_project.PathOf("bin/rootfs/app/a")));
    }

    [Fact]
    public void In_locked_mode_a_tag_without_an_entry_is_an_error_of_the_item()
    {
        Outcome outcome = _project.Property("OciLockedMode", "true").Image(Tag).ImportPackage().Build();

        Assert.Equal(("OCI8002", Tag), (outcome.Error.Code, outcome.Error.File));
    }

    [Fact]
    public void Without_a_lock_file_a_tag_is_a_warning()
    {
        Outcome outcome = _project.Property("OciLockFile", "none").Image(Tag).ImportPackage().Build().MustSucceed();

        Assert.Equal("OCI8102", Assert.Single(outcome.Warnings).Code);
        Assert.False(File.Exists(LockFile));
    }

    [Fact]
    public void A_lock_file_may_be_anywhere()
    {
        _project.Property("OciLockFile", "locks/all.json").Image(Tag).ImportPackage().Build().MustSucceed();
        Assert.True(File.Exists(_project.PathOf("locks/all.json")));
    }

    [Fact]
    public void Clean_removes_the_documents_and_leaves_store_and_lock_file()
    {
        _project.Image(Tag).ImportPackage();
        _project.Build().MustSucceed();
        Assert.True(Directory.Exists(_project.PathOf("obj/oci/app.image")));

        _project.Build("Clean").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("obj/oci/app.image")));
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
        Assert.NotEmpty(Directory.GetFiles(_project.PathOf("store/blobs/sha256")));
        Assert.True(File.Exists(LockFile));
    }

    [Fact]
    public void The_store_is_emptied_by_its_own_target()
    {
        _project.Image(Tag).ImportPackage();
        _project.Build().MustSucceed();

        _project.Build("CleanOciStore").MustSucceed();

        Assert.Empty(Directory.GetFiles(_project.PathOf("store/blobs/sha256")));
    }

    [Fact]
    public void A_reference_beside_the_name_is_an_error()
    {
        _project.Image(Tag, ("Reference", "2")).ImportPackage();
        Assert.Equal("OCI8001", _project.Build().Error.Code);
    }

    [Fact]
    public void A_form_of_another_program_is_an_error_that_says_what_to_write()
    {
        Outcome outcome = _project.Image("docker-daemon:debian:12").ImportPackage().Build();
        Assert.Equal("OCI8001", outcome.Error.Code);
        Assert.Contains("docker save", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_platforms_of_one_tag_have_one_pin()
    {
        _registry.AddIndex("team/app", "1", ImageLayout.Of(App, Image.Of(Tars.Of(Tars.File("arm"))).For("linux/arm64")));
        _project.Image(Tag).Image(Tag, ("Platform", "linux/arm64"), ("Name", "arm")).ImportPackage().Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("bin/rootfs/arm/arm")));
        Assert.Equal(2, File.ReadAllText(LockFile).Split("\"digest\"").Length);
    }

    [Fact]
    public void An_item_of_a_registry_is_listed()
    {
        Outcome outcome = _project.Image(Tag).ImportPackage().Build("ListOciImages").MustSucceed();

        Assert.Equal(_digest, Assert.Single(outcome.Items("OciImageManifest")).GetMetadataValue("ManifestDigest"));
    }

    [Fact]
    public void A_mirror_is_an_item()
    {
        using TestRegistry mirror = new();
        mirror.Add("hub/team/app", "1", App.ToLayout());
        _project.Item("OciRegistryMirror", _registry.Host, ("Location", $"{mirror.Host}/hub"), ("Tags", "true")).Image(Tag).ImportPackage().Build().MustSucceed();

        Assert.Empty(_registry.Requests);
        Assert.NotEmpty(mirror.Requests);
    }

    [Theory]
    [InlineData("OciStoreMaxBytes", "many")]
    [InlineData("OciRegistryConcurrency", "0")]
    [InlineData("OciRegistryConcurrency", "65")]
    public void A_number_that_is_none_is_an_error(string property, string value)
    {
        Outcome outcome = _project.Property(property, value).Image(Tag).ImportPackage().Build();
        Assert.Equal("OCI8001", outcome.Error.Code);
        Assert.Contains(property, outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_switch_that_is_none_is_an_error()
    {
        Assert.Equal("OCI7011", _project.Property("OciOffline", "perhaps").Image(Tag).ImportPackage().Build().Error.Code);
    }

    [Fact]
    public void Credentials_of_a_file_are_in_no_message_of_the_build()
    {
        _registry.WantBasic("somebody", "PASSWORD");
        _project.Write("auth.json", $"{{\"auths\":{{\"{_registry.Host}\":{{\"auth\":\"{Convert.ToBase64String("somebody:PASSWORD"u8)}\"}}}}}}");
        Outcome outcome = _project.Property("OciRegistryAuthFile", "auth.json").Image(Tag).ImportPackage().Build().MustSucceed();

        Assert.Contains(_registry.Requests, static r => r.Authorization is not null);
        Assert.DoesNotContain(outcome.Messages, static m => m.Message?.Contains("PASSWORD", StringComparison.Ordinal) == true || m.Message?.Contains(Convert.ToBase64String("somebody:PASSWORD"u8), StringComparison.Ordinal) == true);
    }

    [Fact]
    public void An_error_of_the_registry_is_one_of_the_item()
    {
        Outcome outcome = _project.Image($"docker://{_registry.Host}/team/app:2").ImportPackage().Build();

        Assert.Equal(("OCI8008", $"docker://{_registry.Host}/team/app:2"), (outcome.Error.Code, outcome.Error.File));
        Assert.EndsWith("OCI8008.md", outcome.Error.HelpLink, StringComparison.Ordinal);
    }

    [Fact]
    public void An_up_to_date_check_of_Visual_Studio_has_no_file_for_the_image()
    {
        _project.Image(Tag).ImportPackage();
        Outcome outcome = _project.Build().MustSucceed();

        Assert.DoesNotContain(outcome.Items("UpToDateCheckInput"), static i => i.EvaluatedInclude.StartsWith("docker:", StringComparison.Ordinal));
    }

    [Fact]
    public void The_task_alone_takes_an_image_of_a_registry()
    {
        _project.Item("Settings", "settings", ("StoreDirectory", "alone")).UsingTasks().Target("Build")
            .Task("ExtractOciRootfs", [("Image", Pinned), ("RootfsDirectory", "out/app"), ("Platform", "linux/amd64"), ("Registries", "@(Settings)")]);

        _project.Build().MustSucceed();

        Assert.True(File.Exists(_project.PathOf("out/app/a")));
        Assert.True(Directory.Exists(_project.PathOf("alone/blobs")));
    }
}
