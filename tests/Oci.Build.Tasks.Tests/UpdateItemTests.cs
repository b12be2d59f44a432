using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>A changed image in a project: what the build says, and the metadata and properties about it.</summary>
public sealed class UpdateItemTests : IDisposable
{
    private static readonly ImageLayer Base = Tars.Of(Tars.File("etc/base", "b"), Tars.File("large", TarContent.Generated(300_000, 1)));

    private readonly TestProject _project = new TestProject().ImportPackage();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void The_build_says_what_has_changed()
    {
        _project.Image("app.tar", ("Changes", "out/app.changes"));
        Save("1");
        _project.Build().MustSucceed();
        Save("2");

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Contains(outcome.Messages, static m => m.Message!.StartsWith("app is updated (", StringComparison.Ordinal) && m.Message.EndsWith("): 0 added, 1 changed, 0 removed of 5 paths; 1 of 2 layers read", StringComparison.Ordinal));
        Assert.Equal("2", File.ReadAllText(_project.PathOf("bin/rootfs/app/top")));
        Assert.Contains("changed\t./top\tsha256:", File.ReadAllText(_project.PathOf("out/app.changes")), StringComparison.Ordinal);
        Assert.Equal(_project.PathOf("out/app.changes"), Assert.Single(outcome.Items("OciRootfs")).GetMetadataValue("Changes"));
        _project.Build("Clean").MustSucceed();
        Assert.False(File.Exists(_project.PathOf("out/app.changes")));
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs")));
    }

    [Theory]
    [InlineData("Incremental", "false", "", "")]
    [InlineData("", "", "OciIncremental", "false")]
    public void Whoever_wants_no_updates_has_the_tree_replaced(string metadata, string value, string property, string propertyValue)
    {
        _project.Image("app.tar", metadata.Length > 0 ? [(metadata, value)] : []);
        if (property.Length > 0)
            _project.Property(property, propertyValue);
        Save("1");
        _project.Build().MustSucceed();
        Save("2");

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Contains(outcome.Messages, static m => m.Message!.StartsWith("app is extracted (", StringComparison.Ordinal));
        Assert.False(File.Exists(_project.PathOf("bin/rootfs/.app.oci-state")));
    }

    [Fact]
    public void A_layer_of_two_images_of_the_project_is_read_for_the_first_alone()
    {
        _project.Image("app.tar").Image("tool.tar");
        Save("1");
        Image.Of(Base, Tars.Of(Tars.File("tool", "t"))).For(null).SaveArchive(_project.PathOf("tool.tar"));

        Outcome outcome = _project.Build().MustSucceed();

        Assert.Single(outcome.Messages, m => m.Message!.EndsWith($"is taken from '{_project.PathOf("bin/rootfs/app")}'.", StringComparison.Ordinal));
        Assert.Equal(3, outcome.Messages.Count(static m => m.Message!.StartsWith("Reading layer", StringComparison.Ordinal)));
        Assert.Equal("b", File.ReadAllText(_project.PathOf("bin/rootfs/tool/etc/base")));
        Assert.DoesNotContain(_project.Build().MustSucceed().Messages, static m => m.Message!.Contains(" is extracted (", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tree_that_was_changed_is_made_right_with_a_warning()
    {
        _project.Image("app.tar", ("VerifyRootfs", "true"));
        Save("1");
        _project.Build().MustSucceed();
        File.WriteAllText(_project.PathOf("bin/rootfs/app/top"), "mine");

        Assert.Equal("OCI7004", _project.Question().Error.Code);
        Outcome outcome = _project.Build().MustSucceed();

        Assert.Equal("OCI7101", Assert.Single(outcome.Warnings).Code);
        Assert.Equal("1", File.ReadAllText(_project.PathOf("bin/rootfs/app/top")));
        Assert.Empty(_project.Build().MustSucceed().Warnings);
    }

    [Fact]
    public void With_the_properties_a_changed_tree_ends_the_build()
    {
        _project.Image("app.tar").Property("OciDrift", "Fail").Property("OciVerifyRootfs", "Content");
        Save("1");
        _project.Build().MustSucceed();
        File.WriteAllText(_project.PathOf("bin/rootfs/app/top"), "mine");

        Assert.Equal("OCI7102", _project.Build().Error.Code);

        Assert.Equal("mine", File.ReadAllText(_project.PathOf("bin/rootfs/app/top")));
    }

    [Theory]
    [InlineData("Incremental", "maybe", "OCI7011")]
    [InlineData("Drift", "Repair", "OCI7104")]
    [InlineData("Drift", "1", "OCI7104")]
    [InlineData("VerifyRootfs", "Contents", "OCI7105")]
    public void A_value_that_is_none_is_an_error(string name, string value, string code)
    {
        Save("1");

        Assert.Equal(code, _project.Image("app.tar", (name, value)).Build().Error.Code);
    }

    [Fact]
    public void Changes_without_a_directory_is_an_error()
    {
        Save("1");

        Assert.Equal("OCI7103", _project.Image("app.tar", ("RootfsDirectory", ""), ("RootfsArchive", "out/a.tar"), ("Changes", "out/changes")).Build().Error.Code);
    }

    private void Save(string top) => Image.Of(Base, Tars.Of(Tars.File("top", top))).For(null).SaveArchive(_project.PathOf("app.tar"));
}
