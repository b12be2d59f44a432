using System.Reflection;
using Oci.Rootfs.Outputs.Documents;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>The table of outputs: where each is by default, and that each is written.</summary>
public sealed class OutputKindTests
{
    public static TheoryData<string> Names => [.. OutputKind.All.Select(static kind => kind.Name)];

    [Theory]
    [InlineData("/out/tree", "ConfigJson", "/out/tree.config.json")]
    [InlineData("/out/tree/", "ConfigProps", "/out/tree.props")]
    [InlineData("out/tree/", "Mtree", "out/tree.mtree")]
    public void A_file_is_by_default_beside_the_tree_and_named_after_it(string tree, string kind, string path) =>
        Assert.Equal(path, Kind(kind).DefaultPath(tree, "app"));

    [Theory]
    [InlineData("ConfigJson", "out/tree.config.json")]
    [InlineData("ConfigProps", "obj/oci/app.props")]
    [InlineData("Mtree", "obj/oci/app.mtree")]
    public void Where_there_is_a_directory_for_them_the_builds_own_files_are_there_and_named_after_the_image(string kind, string path) =>
        Assert.Equal(path, Kind(kind).DefaultPath("out/tree/", "app", "obj/oci"));

    [Theory]
    [InlineData("LxcConfig")]
    [InlineData("RuntimeConfig")]
    public void An_optional_file_has_no_default_path(string kind)
    {
        Assert.True(Kind(kind).IsOptional);
        Assert.Null(Kind(kind).DefaultPath("out/tree/", "app"));
        Assert.Null(Kind(kind).DefaultPath("out/tree/", "app", "obj/oci"));
    }

    [Fact]
    public void Every_kind_is_in_the_table_under_the_name_that_it_has_in_code() => Assert.Equal(
        typeof(OutputKind).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(static p => p.PropertyType == typeof(OutputKind)).Select(static p => (p.Name, p.GetValue(null))),
        OutputKind.All.Select(static kind => (kind.Name, (object?)kind)));

    public static TheoryData<string> Documents => [.. OutputKind.Documents.Select(static kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_document_has_a_writer(string kind)
    {
        using MemoryStream stream = new();

        OutputWriters.Write(Kind(kind), Contents.Of(new RootfsImageConfig()), stream);

        Assert.NotEqual(0, stream.Length);
    }

    [Fact]
    public void A_request_has_one_file_of_a_kind_after_another_was_set_and_none_after_none_was()
    {
        RootfsRequest request = new() { Image = "/image", RootfsDirectory = "/tree", Name = "app", Outputs = [new(OutputKind.Mtree, "/a"), new(OutputKind.ConfigJson, "/b")] };

        Assert.Equal(["/b", "/c"], request.With(OutputKind.Mtree, "/c").Outputs.Select(static output => output.Path));
        Assert.Equal("/c", request.With(OutputKind.Mtree, "/c").PathOf(OutputKind.Mtree));
        Assert.Equal([new(OutputKind.ConfigJson, "/b")], request.With(OutputKind.Mtree, null).Outputs);
        Assert.Null(request.PathOf(OutputKind.ConfigProps));
    }

    private static OutputKind Kind(string name) => OutputKind.All.Single(kind => kind.Name == name);
}
