using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

/// <summary>A project that uses the trees of another one.</summary>
public sealed class ReferenceTests(PackedPackage package) : IDisposable
{
    private const string Image = """<ItemGroup><OciImage Include="images/os" /></ItemGroup>""";
    private const string Reference = """<ItemGroup><ProjectReference Include="../os/os.csproj" OciRootfs="true" /></ItemGroup>""";

    /// <summary>Writes the items and their projects into a file.</summary>
    private const string Use = """
        <Target Name="Use" AfterTargets="ExtractOciRootfs">
          <WriteLinesToFile File="used.txt" Lines="@(OciRootfs->'%(Identity) %(Name) from %(OciReference)')" Overwrite="true" />
        </Target>
        """;

    private readonly UserProject _project = new(package);

    public void Dispose() => _project.Dispose();

    private string Tree => _project.PathOf("os/bin/Debug/net10.0/rootfs/os/");

    private string OsProject => _project.PathOf("os/os.csproj");

    private string[] Used(string of = "app") => [.. File.ReadAllLines(_project.PathOf(of + "/used.txt")).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("-m:2")]
    [InlineData("-m:2", "-graph")]
    [InlineData("-graph", "-isolate")]
    [InlineData("-graph", "-isolate", "-t:ExtractOciRootfs")]
    [InlineData("-m:2", "-mt")]
    public void The_items_of_a_referenced_project_are_there(params string[] how)
    {
        _project.WithImage("os/images/os").NoTargets(Image, name: "os/os.csproj");
        _project.NoTargets(Reference + Use, name: "app/app.csproj");
        _project.Dotnet("restore", "app/app.csproj").MustSucceed();

        _project.Build(["app/app.csproj", "--no-restore", .. how]).MustSucceed();

        Assert.Equal([$"{Tree} os from {OsProject}"], Used());
        Assert.True(File.Exists(Tree + "etc/motd"));
        Assert.False(Directory.Exists(_project.PathOf("app/bin/Debug/net10.0/rootfs")));
    }

    [Fact]
    public void The_target_called_by_name_gives_them_too()
    {
        _project.WithImage("os/images/os").NoTargets(Image, name: "os/os.csproj");
        _project.NoTargets(Reference + Use, name: "app/app.csproj");

        _project.Build("app/app.csproj", "-t:ExtractOciRootfs").MustSucceed();

        Assert.Equal([$"{Tree} os from {OsProject}"], Used());
    }

    [Fact]
    public void A_project_has_its_own_items_too_and_hands_on_only_those()
    {
        _project.WithImage("os/images/os").NoTargets(Image, name: "os/os.csproj");
        _project.WithImage("app/images/os").NoTargets(Image + Reference + Use, name: "app/app.csproj");
        _project.NoTargets(Use + """<ItemGroup><ProjectReference Include="../app/app.csproj" OciRootfs="true" /></ItemGroup>""", name: "top/top.csproj");

        _project.Build("top/top.csproj").MustSucceed();

        string own = _project.PathOf("app/bin/Debug/net10.0/rootfs/os/");
        Assert.Equal([$"{own} os from ", $"{Tree} os from {OsProject}"], Used());
        Assert.Equal([$"{own} os from {_project.PathOf("app/app.csproj")}"], Used("top"));
    }

    [Fact]
    public void A_CSharp_project_gets_the_trees_of_the_nearest_target_framework_and_no_assembly()
    {
        _project.WithImage("os/images/os").NoTargets(Image, "<TargetFrameworks>net8.0;net10.0</TargetFrameworks>", name: "os/os.csproj");
        _project.CSharp(Reference + Use, name: "app/app.csproj");

        _project.Build("app/app.csproj").MustSucceed();

        Assert.Equal([$"{Tree} os from {OsProject}"], Used());
        Assert.False(File.Exists(_project.PathOf("app/bin/Debug/net10.0/os.dll")));
    }

    [Fact]
    public void A_project_that_wants_the_assembly_too_gets_both()
    {
        _project.WithImage("os/images/os").CSharp(Image, name: "os/os.csproj");
        File.Move(_project.PathOf("Class.cs"), _project.PathOf("os/Class.cs"));
        _project.NoTargets(Reference.Replace("OciRootfs=", "ReferenceOutputAssembly=\"true\" OciRootfs=", StringComparison.Ordinal) + Use, name: "app/app.csproj");

        _project.Build("app/app.csproj").MustSucceed();

        Assert.Equal([$"{Tree} os from {OsProject}"], Used());
    }

    [Fact]
    public void A_reference_without_the_word_gives_no_items()
    {
        _project.WithImage("os/images/os").NoTargets(Image, name: "os/os.csproj");
        _project.NoTargets("""<ItemGroup><ProjectReference Include="../os/os.csproj" /></ItemGroup>""" + Use, name: "app/app.csproj");

        _project.Build("app/app.csproj").MustSucceed();

        Assert.Empty(Used());
    }

    [Fact]
    public void A_project_without_the_package_says_it_in_full()
    {
        _project.WithImage("os/images/os").NoTargets(Image, name: "os/os.csproj");
        _project.Write("app/app.csproj", """
            <Project Sdk="Microsoft.Build.NoTargets/3.7.0">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../os/os.csproj" Targets="Build;ExtractOciRootfs" OutputItemType="OciRootfs" ReferenceOutputAssembly="false" />
              </ItemGroup>
              <Target Name="Use" AfterTargets="Build">
                <WriteLinesToFile File="used.txt" Lines="@(OciRootfs->HasMetadata('ManifestDigest')->'%(Identity) %(Name) from ')" Overwrite="true" />
              </Target>
            </Project>
            """);

        _project.Build("app/app.csproj").MustSucceed();

        Assert.Equal([$"{Tree} os from "], Used());
    }
}
