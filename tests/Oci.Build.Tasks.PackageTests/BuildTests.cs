using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

public sealed class BuildTests(PackedPackage package) : IDisposable
{
    private const string Image = """<ItemGroup><OciImage Include="images/app" /></ItemGroup>""";
    private const string Tree = "bin/Debug/net10.0/rootfs/app";

    private readonly UserProject _project = new(package);

    public void Dispose() => _project.Dispose();

    private bool HasTree(string tree = Tree) => File.Exists(_project.PathOf(tree + "/etc/motd"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Build_then_build_then_clean_then_build(bool csharp)
    {
        _ = csharp ? _project.WithImage().CSharp(Image) : _project.WithImage().NoTargets(Image);

        _project.Build().MustSucceed();
        Assert.True(HasTree());
        Assert.False(Path.Exists(_project.PathOf(Tree + "/var/cache/build.log")));
        Dictionary<string, DateTime> before = Times();

        Run second = _project.Build("--no-restore").MustSucceed();
        Assert.Contains("up to date", second.Output, StringComparison.Ordinal);
        Assert.Equal(before, Times());

        _project.Dotnet("clean").MustSucceed();
        Assert.False(Path.Exists(_project.PathOf(Tree)));
        Assert.False(Path.Exists(_project.PathOf("bin/Debug/net10.0/rootfs")));
        Assert.False(Path.Exists(_project.PathOf("obj/Debug/net10.0/oci")));

        _project.Build("--no-restore").MustSucceed();
        Assert.True(HasTree());
    }

    [Fact]
    public void A_renamed_image_leaves_nothing_in_bin_and_the_tree_of_another_configuration_stays()
    {
        _project.WithImage("images/old").WithImage("images/new");
        _project.NoTargets("""<ItemGroup><OciImage Include="images/$(Which)" /></ItemGroup>""");
        _project.Build("-c", "Release", "-p:Which=old").MustSucceed();
        _project.Build("-p:Which=old").MustSucceed();

        _project.Build("--no-restore", "-p:Which=new").MustSucceed();

        Assert.Equal(
            [".new.oci", ".new.oci-state", "new", "new.config.json"],
            Directory.EnumerateFileSystemEntries(_project.PathOf("bin/Debug/net10.0/rootfs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(HasTree("bin/Release/net10.0/rootfs/old"));
        _project.Dotnet("clean", "-p:Which=neither").MustSucceed();
        Assert.False(Path.Exists(_project.PathOf("bin/Debug/net10.0/rootfs")));
    }

    [Fact]
    public void Rebuild_extracts_again()
    {
        _project.WithImage().NoTargets(Image).Build().MustSucceed();

        Run rebuild = _project.Build("-t:Rebuild").MustSucceed();

        Assert.True(HasTree());
        Assert.DoesNotContain("up to date", rebuild.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_target_framework_has_a_tree_of_its_own()
    {
        _project.WithImage().NoTargets(Image, "<TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");

        _project.Build().MustSucceed();

        Assert.True(HasTree());
        Assert.True(HasTree("bin/Debug/netstandard2.0/rootfs/app"));
        _project.Dotnet("clean").MustSucceed();
        Assert.False(HasTree());
        Assert.False(HasTree("bin/Debug/netstandard2.0/rootfs/app"));
        _project.Build("-t:ExtractOciRootfs").MustSucceed();
        Assert.True(HasTree());
        Assert.True(HasTree("bin/Debug/netstandard2.0/rootfs/app"));
        _project.Build("-t:CleanOciRootfs").MustSucceed();
        Assert.False(HasTree());
    }

    [Fact]
    public void The_images_of_several_target_frameworks_are_listed_once()
    {
        _project.WithImage().WithImage("images/old").NoTargets(
            Image + """<ItemGroup Condition="'$(TargetFramework)' == 'netstandard2.0'"><OciImage Include="images/old" /></ItemGroup>""",
            "<TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");

        Run list = _project.Build("-t:ListOciImages", "-tl:off").MustSucceed();

        Assert.Equal(["images/app:", "images/old:"], list.Output.Split('\n').Select(static line => line.Trim()).Where(static line => line.StartsWith("images/", StringComparison.Ordinal) && line.EndsWith(':')));
        Assert.False(HasTree());
    }

    [Fact]
    public void A_design_time_build_extracts_nothing()
    {
        _project.WithImage().CSharp(Image).Dotnet("restore").MustSucceed();

        _project.Dotnet(
            "msbuild", "-t:ResolveReferences;Compile;CopyFilesToOutputDirectory", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true",
            "-p:ProvideCommandLineArgs=true", "-p:BuildProjectReferences=false", "-p:SkipCopyBuildProduct=true").MustSucceed();

        Assert.False(HasTree());
    }

    [Fact]
    public void Switched_off_nothing_is_extracted_or_cleaned()
    {
        _project.WithImage().NoTargets(Image).Build("-p:OciRootfsEnabled=false").MustSucceed();
        Assert.False(HasTree());

        _project.Build("--no-restore").MustSucceed();
        _project.Dotnet("clean", "-p:OciRootfsEnabled=false").MustSucceed();
        Assert.True(HasTree());
    }

    [Fact]
    public void A_multithreaded_build_of_projects_elsewhere_resolves_paths_against_each_project()
    {
        _project.WithImage("a/images/app").WithImage("b/images/app")
            .NoTargets(Image, name: "a/a.csproj").NoTargets(Image, name: "b/b.csproj")
            .Write("all.proj", """
                <Project DefaultTargets="Build">
                  <ItemGroup><P Include="a/a.csproj;b/b.csproj" /></ItemGroup>
                  <Target Name="Restore"><MSBuild Projects="@(P)" Targets="Restore" Properties="X=1" /></Target>
                  <Target Name="Build"><MSBuild Projects="@(P)" BuildInParallel="true" /></Target>
                </Project>
                """);

        _project.Build("all.proj", "-mt", "-m:2").MustSucceed();

        Assert.True(HasTree("a/" + Tree));
        Assert.True(HasTree("b/" + Tree));
    }

    [Fact]
    public void The_first_build_of_the_target_by_name_has_the_tree_at_the_usual_place()
    {
        _project.WithImage().NoTargets(Image).Dotnet("build", "-t:ExtractOciRootfs", "-restore").MustSucceed();

        Assert.True(HasTree());
        Assert.Contains("up to date", _project.Build("--no-restore").MustSucceed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Question_is_answered_with_a_failure_before_and_a_success_after()
    {
        _project.WithImage().NoTargets(Image).Dotnet("restore").MustSucceed();

        _project.Build("--no-restore", "-question", "-t:ExtractOciRootfs").MustFail("OCI7004");
        Assert.False(HasTree());

        _project.Build("--no-restore").MustSucceed();
        _project.Build("--no-restore", "-question", "-t:ExtractOciRootfs").MustSucceed();
    }

    [Fact]
    public void An_image_made_during_the_build_is_extracted_in_the_same_build()
    {
        _project.WithImage("made-elsewhere").NoTargets("""
            <ItemGroup><OciImage Include="$(IntermediateOutputPath)made/app" /></ItemGroup>
            <PropertyGroup><ExtractOciRootfsDependsOn>MakeImage</ExtractOciRootfsDependsOn></PropertyGroup>
            <Target Name="MakeImage">
              <ItemGroup><Part Include="made-elsewhere/**" /></ItemGroup>
              <Copy SourceFiles="@(Part)" DestinationFiles="@(Part->'$(IntermediateOutputPath)made/app/%(RecursiveDir)%(Filename)%(Extension)')" SkipUnchangedFiles="true" />
            </Target>
            """);

        _project.Build().MustSucceed();

        Assert.True(HasTree());
        Assert.Contains("up to date", _project.Build("--no-restore").MustSucceed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Extraction_can_wait_for_the_end_of_the_build()
    {
        _project.WithImage("made-elsewhere").NoTargets("""
            <PropertyGroup><ExtractOciRootfsAfterTargets>MakeImage</ExtractOciRootfsAfterTargets></PropertyGroup>
            <Target Name="MakeImage" AfterTargets="Build">
              <ItemGroup><OciImage Include="made-elsewhere/" Name="app" /></ItemGroup>
            </Target>
            """);

        _project.Build().MustSucceed();

        Assert.True(HasTree());
    }

    [Fact]
    public void Who_references_the_appliance_gets_no_tree()
    {
        _project.WithImage("app/images/app").NoTargets(Image, name: "app/app.csproj");
        _project.Write("user/user.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><ProjectReference Include="../app/app.csproj" ReferenceOutputAssembly="false" /></ItemGroup>
            </Project>
            """);

        _project.Build("user/user.csproj").MustSucceed();

        Assert.True(HasTree("app/" + Tree));
        Assert.False(Directory.Exists(_project.PathOf("user/bin/Debug/net10.0/rootfs")));
    }

    [Fact]
    public void An_error_of_the_engine_is_an_error_of_the_build()
    {
        _project.NoTargets("""<ItemGroup><OciImage Include="missing.tar" /></ItemGroup>""");

        _project.Build().MustFail("OCI1001");

        Assert.False(Directory.Exists(_project.PathOf("bin/Debug/net10.0/rootfs/missing")));
    }

    [Theory]
    [InlineData("Name=\"..\"", "OCI7006")]
    [InlineData("", "OCI7003")]
    [InlineData("Ownership=\"Preserved\" Name=\"x\"", "OCI7001")]
    public void One_mistake_is_one_error(string metadata, string code)
    {
        _project.WithImage().WithImage("other/app").CSharp(Image + $"""<ItemGroup><OciImage Include="other/app" {metadata} /></ItemGroup>""");

        Run run = _project.Build("-tl:off").MustFail(code);

        Assert.Contains(" 1 Error(s)", run.Output, StringComparison.Ordinal);
    }

    private Dictionary<string, DateTime> Times() => new DirectoryInfo(_project.PathOf("bin/Debug/net10.0/rootfs"))
        .EnumerateFileSystemInfos("*", SearchOption.AllDirectories).ToDictionary(static f => f.FullName, static f => f.LastWriteTimeUtc);
}
