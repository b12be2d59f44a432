using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>Metadata that mean nothing: some are slips of the finger, most are the user's own.</summary>
public sealed class MisspeltMetadataTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage();

    public void Dispose() => _project.Dispose();

    private Outcome Resolve()
    {
        _project.Target("Resolve").ResolveTask();
        return _project.Build("Resolve").MustSucceed();
    }

    [Fact]
    public void A_misspelt_one_is_a_warning_that_names_item_metadata_and_what_was_meant()
    {
        BuildWarningEventArgs warning = Assert.Single(_project.Image("app.tar", ("Platfrom", "linux/arm64")).Then(Resolve).Warnings);

        Assert.Equal(("OCI7012", "app.tar"), (warning.Code, warning.File));
        Assert.Equal("The metadata 'Platfrom' of 'app.tar' means nothing to Oci.Build.Tasks. Did you mean Platform?", warning.Message);
        Assert.EndsWith("/docs/errors/OCI7012.md", warning.HelpLink, StringComparison.Ordinal);
    }

    [Fact]
    public void One_mistake_in_many_items_is_one_warning()
    {
        _project.Image("a.tar").Image("b.tar").Image("c.tar").Update("OciImage", ("refrence", "1"));

        BuildWarningEventArgs warning = Assert.Single(Resolve().Warnings);

        Assert.StartsWith("The metadata 'refrence' of 'a.tar' and of 2 more images means nothing", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_belongs_into_Limits()
    {
        BuildWarningEventArgs warning = Assert.Single(_project.Image("app.tar", ("MaxNodes", "5")).Then(Resolve).Warnings);

        Assert.Equal("OCI7012", warning.Code);
        Assert.EndsWith("A limit is set in Limits: Limits=\"MaxNodes=5\".", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_near_name_beside_the_right_one_is_the_users_own() =>
        Assert.Empty(_project.Image("app.tar", ("Platform", "linux/arm64"), ("Platforms", "linux/arm64 linux/amd64")).Then(Resolve).Warnings);

    [Fact]
    public void Upper_and_lower_case_are_the_same_name() =>
        Assert.Empty(_project.Image("app.tar", ("PLATFORM", "linux/arm64"), ("limits", "maxnodes=5")).Then(Resolve).Warnings);

    [Theory]
    [InlineData("Platforms", "Platform")]
    [InlineData("Platfrom", "Platform")]
    [InlineData("plaform", "Platform")]
    [InlineData("Refference", "Reference")]
    [InlineData("Nmae", "Name")]
    [InlineData("Names", "Name")]
    [InlineData("Mtre", "Mtree")]
    [InlineData("Mtrees", "Mtree")]
    [InlineData("RootFsDirectry", "RootfsDirectory")]
    [InlineData("RootDirectory", "RootfsDirectory")]
    [InlineData("ConfigJason", "ConfigJson")]
    [InlineData("ConfigProp", "ConfigProps")]
    [InlineData("OwnerShips", "Ownership")]
    [InlineData("MakeWriteable", "MakeWritable")]
    [InlineData("KeepDirectoriesSymlinks", null)]
    [InlineData("KeepDirectorySymlink", "KeepDirectorySymlinks")]
    [InlineData("SourceDataEpoch", "SourceDateEpoch")]
    [InlineData("Limit", "Limits")]
    public void The_nearest_within_two_edits_was_meant(string written, string? meant) => Assert.Equal(meant, ImageMetadata.Meant(ImageMetadata.Names, written));

    [Theory]
    [InlineData("maxnodes", "MaxNodes")]
    [InlineData("MaxNode", "MaxNodes")]
    [InlineData("MaxFileByte", "MaxFileBytes")]
    [InlineData("MaxCost", null)]
    public void The_nearest_limit_was_meant(string written, string? meant) => Assert.Equal(meant, ImageMetadata.MeantLimit(written));

    /// <summary>What MSBuild and the SDK set on items, what our own output items have, and words that are near to one of ours.</summary>
    [Theory]
    [InlineData("Identity FullPath RootDir Filename Extension RelativeDir Directory RecursiveDir ModifiedTime CreatedTime AccessedTime DefiningProjectFullPath")]
    [InlineData("Link LinkBase Visible Pack PackagePath DependentUpon SubType Generator LastGenOutput CustomToolNamespace AutoGen DesignTime DesignTimeSharedInput")]
    [InlineData("CopyToOutputDirectory CopyToPublishDirectory TargetPath ExcludeFromSingleFile IsImplicitlyDefined LogicalName Culture WithCulture Version VersionOverride")]
    [InlineData("PrivateAssets IncludeAssets ExcludeAssets Private HintPath Aliases SpecificVersion OutputItemType ReferenceOutputAssembly SetPlatform SetConfiguration")]
    [InlineData("Targets Properties Inputs Outputs BuildAction Label Title Type Kind Tag Tags Digest Sha256 Url Source Sources Owner Group Arch Architecture Variant Os Mode")]
    [InlineData("Image OsVersion OsFeatures ManifestDigest ConfigDigest LayerDigests Extracted WorkingDirectory User StopSignal Entrypoint Cmd Env ExposedPorts Volumes Labels")]
    [InlineData("References Layers Chosen Problem")]
    [InlineData("Game Same Tree Trees Metre Time Links Line Limbo Format Form Config Json Props Directory OutputDirectory Rootfs Epoch Writable Symlinks Membership Max Nodes")]
    public void Names_of_others_are_left_alone(string names) =>
        Assert.All(names.Split(' '), static name => Assert.Null(ImageMetadata.Meant(ImageMetadata.Names, name) ?? ImageMetadata.MeantLimit(name)));

    [Fact]
    public void Metadata_of_an_item_definition_count_as_well()
    {
        _project.Definition("OciImage", ("Ownershp", "Record")).Image("app.tar");

        Assert.Contains("Ownershp", Assert.Single(Resolve().Warnings).Message, StringComparison.Ordinal);
    }
}
