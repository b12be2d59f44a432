using System.Formats.Tar;
using System.Globalization;
using Oci.Build.Tasks.PackageTests.Harness;

namespace Oci.Build.Tasks.PackageTests;

/// <summary>What the package puts on top of an image, of the output of another project too.</summary>
public sealed class OwnFilesTests(PackedPackage package) : IDisposable
{
    private readonly UserProject _project = new(package);

    public void Dispose() => _project.Dispose();

    private UserProject Template()
    {
        _project.Write("service/Program.cs", "System.Console.WriteLine();\n");
        _project.Write("service/service.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
            </Project>
            """);
        _project.Write("app/service.conf", "a=1");
        return _project.WithImage().NoTargets("""
            <ItemGroup>
              <ProjectReference Include="../service/service.csproj" ReferenceOutputAssembly="false" BuildReference="false" Private="false" />
              <OciImage Include="../images/app" RootfsDirectory="" RootfsArchive="$(OutDir)app.tar" LxcConfig="$(OutDir)app.lxc.conf" RemovePaths="/home" />
              <OciRootfsFile Include="service.conf" TargetPath="/etc/service/" Mode="0640" Owner="app" />
              <OciRootfsDirectory Include="/opt/service" Mode="0550" Owner="app" />
              <OciRootfsSymlink Include="/bin/service" LinkTarget="../../opt/service/service.dll" />
            </ItemGroup>
            <Target Name="AddService" BeforeTargets="ExtractOciRootfs">
              <MSBuild Projects="@(ProjectReference)" Targets="Publish" Properties="PublishDir=$(MSBuildProjectDirectory)/obj/publish/" />
              <ItemGroup>
                <OciRootfsFile Include="obj/publish/**" TargetPath="/opt/service/" Mode="0440" Owner="app" />
              </ItemGroup>
            </Target>
            """, name: "app/app.csproj");
    }

    [Fact]
    public void One_build_makes_a_template_of_an_image_a_published_project_and_a_file_and_a_second_one_does_nothing()
    {
        Template().Build("app").MustSucceed();

        Assert.Equal(
            [
                "./etc/service/ 755 0:0", "./etc/service/service.conf 640 1000:1000", "./opt/ 755 0:0", "./opt/service/ 550 1000:1000", "./opt/service/service.deps.json 440 1000:1000", "./opt/service/service.dll 440 1000:1000",
                "./opt/service/service.pdb 440 1000:1000", "./opt/service/service.runtimeconfig.json 440 1000:1000", "./usr/bin/service 777 0:0",
            ],
            Entries().Where(static line => line.Contains("service", StringComparison.Ordinal) || line.StartsWith("./opt", StringComparison.Ordinal)));
        Assert.DoesNotContain(Entries(), static line => line.StartsWith("./home", StringComparison.Ordinal));
        Assert.True(File.Exists(_project.PathOf("app/bin/Debug/net10.0/app.lxc.conf")));
        Dictionary<string, DateTime> before = Times();

        Run second = _project.Build("app", "--no-restore").MustSucceed();

        Assert.Contains("app is up to date", second.Output, StringComparison.Ordinal);
        Assert.Equal(before, Times());
    }

    [Fact]
    public void A_changed_source_of_the_published_project_is_in_the_next_archive()
    {
        Template().Build("app").MustSucceed();
        byte[] before = File.ReadAllBytes(_project.PathOf("app/bin/Debug/net10.0/app.tar"));
        _project.Write("service/Program.cs", "System.Console.WriteLine(\"changed\");\n");

        _project.Build("app", "--no-restore").MustSucceed();

        Assert.NotEqual(before, File.ReadAllBytes(_project.PathOf("app/bin/Debug/net10.0/app.tar")));
    }

    [Fact]
    public void Clean_leaves_no_file_of_ours()
    {
        Template().Build("app").MustSucceed();

        _project.Dotnet("clean", "app").MustSucceed();

        Assert.False(Directory.Exists(_project.PathOf("app/obj/Debug/net10.0/oci")));
        Assert.Empty(Directory.EnumerateFiles(_project.PathOf("app/bin"), "*", SearchOption.AllDirectories));
    }

    private List<string> Entries()
    {
        List<string> lines = [];
        using TarReader reader = new(File.OpenRead(_project.PathOf("app/bin/Debug/net10.0/app.tar")));
        while (reader.GetNextEntry() is { } entry)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{entry.Name} {Convert.ToString((int)entry.Mode, 8)} {entry.Uid}:{entry.Gid}"));
        return lines;
    }

    private Dictionary<string, DateTime> Times() =>
        Directory.EnumerateFiles(_project.PathOf("app/bin"), "*", SearchOption.AllDirectories).ToDictionary(static file => file, File.GetLastWriteTimeUtc);
}
