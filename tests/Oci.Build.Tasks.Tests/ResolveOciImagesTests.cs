using Microsoft.Build.Execution;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>From metadata to parameters: the defaults in the README's table. The task opens no image.</summary>
public sealed class ResolveOciImagesTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage();

    public void Dispose() => _project.Dispose();

    // The parameters of the extracting task. The task itself then fails, because there is no image or no engine.
    private Outcome Resolve()
    {
        _project.Target("Resolve").ResolveTask();
        return _project.Build("Resolve");
    }

    private ProjectItemInstance ResolveOne() => Assert.Single(Resolve().MustSucceed().Items("Resolved"));

    [Fact]
    public void Every_default_place_is_made_from_the_images_name()
    {
        ProjectItemInstance image = _project.Image("images/app.tar").Then(ResolveOne);

        Assert.Equal("images/app.tar", image.EvaluatedInclude);
        Assert.Equal("app", image.GetMetadataValue("Name"));
        Assert.Equal(_project.PathOf("bin/rootfs/app/"), image.GetMetadataValue("RootfsDirectory"));
        Assert.Equal(_project.PathOf("bin/rootfs/app.config.json"), image.GetMetadataValue("ConfigJson"));
        Assert.Equal(_project.PathOf("obj/oci/app.props"), image.GetMetadataValue("ConfigProps"));
        Assert.Equal(_project.PathOf("obj/oci/app.mtree"), image.GetMetadataValue("Mtree"));
        Assert.Equal("", image.GetMetadataValue("Platform"));
        Assert.Equal("", image.GetMetadataValue("Reference"));
        Assert.Equal("", image.GetMetadataValue("Ownership"));
        Assert.Equal("", image.GetMetadataValue("MakeWritable"));
    }

    [Fact]
    public void A_directory_of_the_SDK_that_is_not_there_yet_has_slashes()
    {
        _project.Global("OutDir", "out\\Debug/").Global("IntermediateOutputPath", "made\\Debug/");

        ProjectItemInstance image = _project.Image("images/app.tar").Then(ResolveOne);

        Assert.Equal(_project.PathOf("out/Debug/rootfs/app/"), image.GetMetadataValue("RootfsDirectory"));
        Assert.Equal(_project.PathOf("made/Debug/oci/app.props"), image.GetMetadataValue("ConfigProps"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Metadata_that_begin_with_such_a_directory_have_slashes_too_and_the_rest_is_as_written(bool isThereMeanwhile)
    {
        _project.Global("OutDir", "out\\Debug/").Global("IntermediateOutputPath", "made\\Debug/");
        _project.Image(
            "images/app.tar", ("RootfsDirectory", "out\\Debug/tree"), ("RootfsArchive", "out\\Debug/a\\b.tar;made\\Debug/c.tar;x\\y.tar"), ("LxcConfig", "out\\Debug/lxc"));
        if (isThereMeanwhile)
            _project.Global("OutDir", "out/Debug/").Global("IntermediateOutputPath", "made/Debug/");

        ProjectItemInstance image = ResolveOne();

        Assert.Equal(_project.PathOf("out/Debug/tree"), image.GetMetadataValue("RootfsDirectory"));
        Assert.Equal(string.Join(';', _project.PathOf("out/Debug/a\\b.tar"), _project.PathOf("made/Debug/c.tar"), _project.PathOf("x\\y.tar")), image.GetMetadataValue("RootfsArchive"));
        Assert.Equal(_project.PathOf("out/Debug/lxc"), image.GetMetadataValue("LxcConfig"));
    }

    [Fact]
    public void The_config_is_beside_the_tree_wherever_that_is_and_the_builds_own_files_are_not()
    {
        ProjectItemInstance image = _project.Image("images/app.tar", ("RootfsDirectory", "/srv/machines/a/"), ("Name", "other")).Then(ResolveOne);

        Assert.Equal("/srv/machines/a.config.json", image.GetMetadataValue("ConfigJson"));
        Assert.Equal(_project.PathOf("obj/oci/other.props"), image.GetMetadataValue("ConfigProps"));
        Assert.Equal(_project.PathOf("obj/oci/other.mtree"), image.GetMetadataValue("Mtree"));
    }

    [Fact]
    public void A_layout_directory_written_with_a_slash_at_its_end_has_the_same_name()
    {
        ProjectItemInstance image = _project.Image("images/debian-12.5/").Then(ResolveOne);

        Assert.Equal(_project.PathOf("bin/rootfs/debian-12.5/"), image.GetMetadataValue("RootfsDirectory"));
    }

    [Fact]
    public void The_projects_own_directory_as_a_layout_is_named_as_the_directory_is()
    {
        ProjectItemInstance image = _project.Image("./").Then(ResolveOne);

        Assert.Equal(Path.GetFileName(_project.Directory), image.GetMetadataValue("Name"));
    }

    [Fact]
    public void What_the_item_says_is_kept()
    {
        ProjectItemInstance image = _project
            .Image(
                "app.tar", ("Platform", "linux/arm64"), ("Reference", "v1"), ("RootfsDirectory", "tree/"), ("ConfigJson", "c.json"),
                ("ConfigProps", "c.props"), ("Mtree", "m"), ("Ownership", "Record"), ("MakeWritable", "true"), ("SourceDateEpoch", "7"))
            .Property("OciPlatform", "linux/s390x").Property("SOURCE_DATE_EPOCH", "9").Then(ResolveOne);

        Assert.Equal(
            ["linux/arm64", "v1", _project.PathOf("tree/"), _project.PathOf("c.json"), _project.PathOf("c.props"), _project.PathOf("m"), "Record", "true", "7"],
            new[] { "Platform", "Reference", "RootfsDirectory", "ConfigJson", "ConfigProps", "Mtree", "Ownership", "MakeWritable", "SourceDateEpoch" }
                .Select(image.GetMetadataValue));
    }

    [Theory]
    [InlineData("linux/s390x", "linux-arm64", "linux/s390x")]
    [InlineData("", "linux-musl-arm64", "linux/arm64")]
    [InlineData("", "win-x64", "")]
    [InlineData("", "", "")]
    public void The_platform_is_OciPlatform_else_a_linux_RuntimeIdentifier_else_left_to_the_machine(string ociPlatform, string identifier, string expected)
    {
        ProjectItemInstance image = _project.Property("OciPlatform", ociPlatform).Property("RuntimeIdentifier", identifier).Image("app.tar").Then(ResolveOne);

        Assert.Equal(expected, image.GetMetadataValue("Platform"));
    }

    [Fact]
    public void An_unknown_RuntimeIdentifier_matters_only_where_nothing_else_names_the_platform()
    {
        _project.Property("RuntimeIdentifier", "linux-vax").Image("a.tar", ("Platform", "linux/amd64")).Then(ResolveOne);
        Outcome outcome = _project.Image("b.tar").Then(Resolve);

        Assert.Equal("OCI7005", outcome.Error.Code);
        Assert.Equal("b.tar", outcome.Error.File);
    }

    [Fact]
    public void SOURCE_DATE_EPOCH_is_the_default_of_SourceDateEpoch()
    {
        ProjectItemInstance image = _project.Property("SOURCE_DATE_EPOCH", "1700000000").Image("app.tar").Then(ResolveOne);

        Assert.Equal("1700000000", image.GetMetadataValue("SourceDateEpoch"));
    }

    [Fact]
    public void A_name_full_of_MSBuilds_own_characters_is_only_a_name()
    {
        ProjectItemInstance image = _project.Image("it%27s %24(OutDir) %40(X)%3b %2541.tar").Then(ResolveOne);

        Assert.Equal(_project.PathOf("bin/rootfs/it's $(OutDir) @(X); %41/"), image.GetMetadataValue("RootfsDirectory"));
    }

    [Fact]
    public void Two_images_of_one_name_in_two_directories_are_one_error_that_names_all_that_clashes()
    {
        Outcome outcome = _project.Image("a/app.tar").Image("b/app.tar").Then(Resolve);

        Assert.Equal(("OCI7003", "b/app.tar"), (outcome.Error.Code, outcome.Error.File));
        Assert.Contains("RootfsDirectory", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains("'a/app.tar', and ConfigJson, ConfigProps and Mtree clash likewise", outcome.Error.Message, StringComparison.Ordinal);
        Assert.EndsWith("/docs/errors/OCI7003.md", outcome.Error.HelpLink, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_item_that_clashes_is_an_error_of_its_own()
    {
        Outcome outcome = _project.Image("a/app.tar").Image("b/app.tar").Image("c/app.tar").Image("d.tar", ("ConfigJson", "bin/rootfs/app/config.json")).Then(Resolve);

        Assert.Equal(["b/app.tar", "c/app.tar", "d.tar"], outcome.Errors.Select(static e => e.File));
    }

    [Fact]
    public void A_mistake_of_the_project_is_one_error_for_all_items()
    {
        Outcome outcome = _project.Property("RuntimeIdentifier", "linux-vax").Image("a.tar").Image("b.tar").Then(Resolve);

        Assert.Equal(("OCI7005", "a.tar"), (outcome.Error.Code, outcome.Error.File));
    }

    [Fact]
    public void The_target_that_registers_files_leaves_the_mistakes_to_the_one_that_extracts()
    {
        _project.Image("a/app.tar").Image("b/app.tar").Image("/").Image("c.tar");

        Outcome registered = _project.Build("_CleanGetCurrentAndPriorFileWrites").MustSucceed();

        Assert.Empty(registered.Warnings);
        Assert.Contains(_project.PathOf("bin/rootfs/c.config.json"), registered.Items("FileWrites").Select(static i => i.EvaluatedInclude));
        Assert.Equal(["OCI7003", "OCI7006"], _project.Build("ExtractOciRootfs").Errors.Select(static e => e.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Clean_reports_errors_so_that_it_removes_no_image_inside_its_own_tree()
    {
        Outcome outcome = _project.Image("tree/app.tar", ("RootfsDirectory", "tree")).Build("Clean");

        Assert.Equal("OCI7003", outcome.Error.Code);
        Assert.Equal(0, outcome.Runs("CleanOciRootfs"));
    }

    [Fact]
    public void A_Name_of_its_own_gives_one_image_a_second_tree()
    {
        Outcome outcome = _project
            .Image("app.tar", ("Platform", "linux/amd64"))
            .Image("app.tar", ("Platform", "linux/arm64"), ("Name", "app-arm64"))
            .Then(Resolve).MustSucceed();

        Assert.Equal([_project.PathOf("bin/rootfs/app/"), _project.PathOf("bin/rootfs/app-arm64/")], outcome.Items("Resolved").Select(static i => i.GetMetadataValue("RootfsDirectory")));
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void One_name_in_places_apart_is_a_warning()
    {
        Outcome outcome = _project
            .Image("a/app.tar")
            .Image("b/app.tar", ("RootfsDirectory", "b/tree"), ("ConfigJson", "b/c.json"), ("ConfigProps", "b/c.props"), ("Mtree", "b/m"))
            .Then(Resolve).MustSucceed();

        Assert.Equal("OCI7007", Assert.Single(outcome.Warnings).Code);
    }

    [Fact]
    public void A_warning_is_given_by_the_extraction_and_not_again_by_clean_and_the_list_of_files()
    {
        _project.Image("a/app.tar").Image("b/app.tar", ("RootfsDirectory", "b/tree"), ("ConfigJson", "b/c.json"), ("ConfigProps", "b/c.props"), ("Mtree", "b/m"));

        Assert.Empty(_project.Build("Clean", "_CleanGetCurrentAndPriorFileWrites").MustSucceed().Warnings);
        Assert.Equal("OCI7007", Assert.Single(_project.Build("ExtractOciRootfs").Warnings).Code);
    }

    [Fact]
    public void An_image_listed_twice_with_the_same_metadata_is_taken_once()
    {
        Outcome outcome = _project.Image("a/app.tar", ("Platform", "linux/arm64")).Image("a/app.tar", ("Platform", "linux/arm64")).Then(Resolve).MustSucceed();

        Assert.Single(outcome.Items("Resolved"));
        Assert.Empty(outcome.Warnings);
        Assert.Contains(outcome.Messages, static m => m.Message == "The image 'a/app.tar' is listed twice with the same metadata, and taken once.");
    }

    [Fact]
    public void A_pattern_and_another_spelling_of_one_of_its_files_are_one_image()
    {
        _project.Write("a/app.tar", "");

        Outcome outcome = _project.Image("a/*.tar").Image("./a/app.tar", ("Name", "app"), ("Own", "x")).Then(Resolve).MustSucceed();

        Assert.Equal("a/app.tar", Assert.Single(outcome.Items("Resolved")).EvaluatedInclude);
    }

    [Theory]
    [InlineData("Platform", "linux/arm64")]
    [InlineData("Ownership", "Record")]
    [InlineData("Limits", "MaxNodes=5")]
    [InlineData("Mtree", "other.mtree")]
    public void An_image_listed_twice_with_other_metadata_is_a_clash(string name, string value)
    {
        Outcome outcome = _project.Image("app.tar").Image("app.tar", (name, value)).Then(Resolve);

        Assert.Equal("OCI7003", outcome.Error.Code);
    }

    [Fact]
    public void The_READMEs_pattern_names_archives_after_their_directories()
    {
        foreach (string file in (string[])["images/app.tar", "images/web/app.tar", "images/web/2/app.tar"])
            _project.Write(file, "");

        Outcome outcome = _project.Image("images/**/*.tar", ("Name", "%(RecursiveDir)%(Filename)")).Then(Resolve).MustSucceed();

        Assert.Equal(["app", "web-2-app", "web-app"], Names(outcome));
        Assert.Contains(_project.PathOf("bin/rootfs/web-2-app/"), outcome.Items("Resolved").Select(static i => i.GetMetadataValue("RootfsDirectory")));
    }

    [Fact]
    public void The_READMEs_pattern_names_layouts_after_their_directories()
    {
        foreach (string file in (string[])["layouts/app/oci-layout", "layouts/web/app/oci-layout"])
            _project.Write(file, "");

        Outcome outcome = _project.Item("OciLayoutFile", "layouts/**/oci-layout", ("Name", "%(RecursiveDir)"))
            .Image("@(OciLayoutFile->'%(RelativeDir)')").Then(Resolve).MustSucceed();

        Assert.Equal(["app", "web-app"], Names(outcome));
        Assert.Equal(["layouts/app/", "layouts/web/app/"], outcome.Items("Resolved").Select(static i => i.EvaluatedInclude).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Directories_that_become_one_name_are_one_clear_error()
    {
        Outcome outcome = _project.Image("1.tar", ("Name", "a/b/")).Image("2.tar", ("Name", "a-b")).Then(Resolve);

        Assert.Equal(("OCI7003", "2.tar"), (outcome.Error.Code, outcome.Error.File));
        Assert.Contains("/rootfs/a-b'", outcome.Error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(Outcome outcome) => outcome.Items("Resolved").Select(static i => i.GetMetadataValue("Name")).Order(StringComparer.Ordinal);

    [Theory]
    [InlineData("RootfsDirectory", "bin/rootfs/other/usr")]
    [InlineData("ConfigJson", "bin/rootfs/other/etc/config.json")]
    [InlineData("Mtree", "bin/rootfs/./x/../other/manifest")]
    public void Nothing_is_written_into_another_images_tree(string output, string place)
    {
        Outcome outcome = _project.Image("app.tar", (output, place)).Image("other.tar").Then(Resolve);

        // The tree's config is beside the tree, and so inside the other tree.
        Assert.All(outcome.Errors, static error => Assert.Equal("OCI7003", error.Code));
        Assert.Contains(output, outcome.Errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_inside_its_own_tree_is_refused()
    {
        Outcome outcome = _project.Image("tree/app.tar", ("RootfsDirectory", "tree")).Then(Resolve);

        Assert.Equal("OCI7003", outcome.Error.Code);
    }

    [Fact]
    public void A_tree_beside_its_layout_or_inside_a_layout_that_is_the_project_is_not() =>
        _project.Image("./").Image("images/app").Then(Resolve).MustSucceed();

    [Fact]
    public void The_root_has_no_name()
    {
        Assert.Equal("OCI7006", _project.Image("/").Then(Resolve).Error.Code);
    }
}
