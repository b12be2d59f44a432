using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;

namespace Oci.Build.Tasks.Tests;

/// <summary>Two projects that name one directory for their trees.</summary>
public sealed class SharedDirectoryTests : IDisposable
{
    private const string Tree = "shared/tree";

    private readonly TestProject _project = new TestProject().Target("Build");

    public SharedDirectoryTests()
    {
        Save("1", "a.tar");
        Save("2", "b.tar");
    }

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Another_projects_tree_is_replaced_with_a_warning_that_names_both()
    {
        Write("a/a.proj", "../a.tar");
        Write("b/b.proj", "../b.tar");
        Assert.Empty(Build("a/a.proj").MustSucceed().Warnings);

        Outcome outcome = Build("b/b.proj").MustSucceed();

        Assert.Equal("OCI5106", Assert.Single(outcome.Warnings).Code);
        Assert.Contains(_project.PathOf("a/a.proj"), outcome.Warnings[0].Message, StringComparison.Ordinal);
        Assert.Contains(_project.PathOf("b/b.proj"), outcome.Warnings[0].Message, StringComparison.Ordinal);
        Assert.Equal("2", File.ReadAllText(_project.PathOf(Tree, "f")));
        Assert.Empty(Build("b/b.proj").MustSucceed().Warnings);
        Assert.Equal("OCI5106", Assert.Single(Build("a/a.proj").MustSucceed().Warnings).Code);
    }

    [Fact]
    public void In_one_build_the_second_project_fails_and_the_tree_of_the_first_stays()
    {
        Write("a/a.proj", "../a.tar");
        Write("b/b.proj", "../b.tar");

        Outcome outcome = Build("a/a.proj;b/b.proj");

        Assert.Equal("OCI7003", outcome.Error.Code);
        Assert.Contains(_project.PathOf("a/a.proj"), outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains(_project.PathOf(Tree), outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal("1", File.ReadAllText(_project.PathOf(Tree, "f")));
    }

    [Fact]
    public void In_one_build_the_target_frameworks_of_one_project_are_told_apart_too()
    {
        Write("a/a.proj", "../$(TargetFramework).tar");
        File.Copy(_project.PathOf("a.tar"), _project.PathOf("net8.0.tar"));
        File.Copy(_project.PathOf("b.tar"), _project.PathOf("net10.0.tar"));

        Assert.Equal("OCI7003", Build("a/a.proj", "TargetFramework=net8.0", "TargetFramework=net10.0").Error.Code);
    }

    [Fact]
    public void In_one_build_the_trees_of_all_platforms_are_told_apart_too()
    {
        Write("a/a.proj", "../a.tar", "Platform='all'");
        Write("b/b.proj", "../b.tar", "Platform='all'");

        Assert.Equal("OCI7003", Build("a/a.proj;b/b.proj").Error.Code);
        Assert.Equal("OCI5106", Assert.Single(Build("b/b.proj").MustSucceed().Warnings).Code);
        Assert.Equal("2", File.ReadAllText(_project.PathOf(Tree, "linux-amd64/f")));
        Assert.Empty(Build("b/b.proj").MustSucceed().Warnings);
    }

    [Theory]
    [InlineData("../a.tar")]
    [InlineData("../copy/a.tar")]
    public void Two_projects_that_ask_for_the_same_tree_share_it(string second)
    {
        Directory.CreateDirectory(_project.PathOf("copy"));
        File.Copy(_project.PathOf("a.tar"), _project.PathOf("copy/a.tar"));
        const string SameFiles = "ConfigProps='../shared/props' Mtree='../shared/mtree'";
        Write("a/a.proj", "../a.tar", SameFiles);
        Write("b/b.proj", second, SameFiles);

        Assert.Empty(Build("a/a.proj;b/b.proj").MustSucceed().Warnings);
        Outcome again = Build("b/b.proj;a/a.proj").MustSucceed();

        Assert.Empty(again.Warnings);
        Assert.Equal(2, again.Messages.Count(static m => m.Message!.Contains("is up to date", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_change_of_a_shared_image_is_no_reason_to_warn()
    {
        const string SameFiles = "ConfigProps='../shared/props' Mtree='../shared/mtree'";
        Write("a/a.proj", "../a.tar", SameFiles);
        Write("b/b.proj", "../a.tar", SameFiles);
        Build("a/a.proj;b/b.proj").MustSucceed();
        Save("3", "a.tar");

        Assert.Empty(Build("b/b.proj;a/a.proj").MustSucceed().Warnings);
        Assert.Equal("3", File.ReadAllText(_project.PathOf(Tree, "f")));
    }

    [Fact]
    public void A_checkout_that_was_moved_is_not_another_project()
    {
        Write("a/a.proj", "../a.tar");
        Build("a/a.proj").MustSucceed();

        Directory.Move(_project.PathOf("a"), _project.PathOf("moved"));

        Assert.Empty(Build("moved/a.proj").MustSucceed().Warnings);
    }

    [Fact]
    public void A_project_that_is_reached_through_a_link_is_the_same()
    {
        Write("a/a.proj", "../a.tar");
        Build("a/a.proj").MustSucceed();

        Directory.CreateSymbolicLink(_project.PathOf("link"), "a");

        Assert.Empty(Build("link/a.proj", "SOURCE_DATE_EPOCH=5").MustSucceed().Warnings);
    }

    [Theory]
    [InlineData("##vso[task.setvariable]x", false)]
    [InlineData("../a/a.proj", false)]
    [InlineData("/dev/zero", false)]
    [InlineData("/proc/self/fd/0", false)]
    [InlineData("/etc/\\u0000passwd", false)]
    [InlineData("ODD", true)]
    public void What_the_state_file_calls_a_project_is_only_looked_at_and_shown_escaped(string project, bool warns)
    {
        string odd = _project.Write("odd\n##vso[x]\u001b[31m", "");
        Write("a/a.proj", "../a.tar");
        Write("b/b.proj", "../b.tar");
        Build("a/a.proj").MustSucceed();
        string state = _project.PathOf("shared/.tree.oci");
        string json = project == "ODD" ? System.Text.Json.JsonEncodedText.Encode(odd).ToString() : project;
        File.WriteAllText(state, File.ReadAllText(state).Replace(_project.PathOf("a/a.proj"), json, StringComparison.Ordinal));

        Outcome outcome = Build("b/b.proj").MustSucceed();

        Assert.Equal(warns ? 1 : 0, outcome.Warnings.Count);
        Assert.All(outcome.Warnings, static w => Assert.DoesNotContain('\n', w.Message!));
        Assert.All(outcome.Warnings, static w => Assert.DoesNotContain('\u001b', w.Message!));
    }

    private void Save(string content, string name) =>
        Image.Of(Tars.Of(Tars.File("f", content))).For(SampleImage.Platform).SaveArchive(_project.PathOf(name));

    private void Write(string name, string image, string metadata = "") => _project.Write(name, $"""
        <Project>
          <PropertyGroup>
            <OutDir>bin/$(TargetFramework)/</OutDir>
            <IntermediateOutputPath>obj/$(TargetFramework)/</IntermediateOutputPath>
            <OciPlatform>{SampleImage.Platform}</OciPlatform>
          </PropertyGroup>
          <ItemGroup><OciImage Include="{image}" Name="tree" RootfsDirectory="../{Tree}" {metadata} /></ItemGroup>
          <Import Project="{TestProject.Package}/build/Oci.Build.Tasks.targets" />
          <Target Name="Build" DependsOnTargets="ExtractOciRootfs" />
        </Project>
        """);

    /// <summary>Builds the projects one after the other in one build, once for each of the properties.</summary>
    private Outcome Build(string projects, params string[] properties)
    {
        using TestProject build = new TestProject().Target("Build");
        foreach (string property in properties.DefaultIfEmpty(""))
            build.Task("MSBuild", [("Projects", string.Join(';', projects.Split(';').Select(p => _project.PathOf(p)))), ("Properties", property)]);
        return build.Build();
    }
}
